//! Taking a token apart, and asking it every question that a server asks.
