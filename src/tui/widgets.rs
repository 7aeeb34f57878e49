//! What several screens draw with.

pub mod json;
pub mod text_field;
