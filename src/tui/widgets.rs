//! What several screens draw with.

pub mod json;
pub mod sentences;
pub mod text_field;
