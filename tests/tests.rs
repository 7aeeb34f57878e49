//! The one integration crate: every file beside this one is a module of it.
mod architecture;
