//! Tokens: signing them here, taking them apart in [`inspect`].

use crate::text::Sensitive;

/// A signed access token, in compact form. Whoever holds it can use it, so it is never shown unasked, never
/// logged, and wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(Sensitive);
