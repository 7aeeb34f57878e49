//! What several screens draw with.

pub mod answer;
pub mod json;
pub mod lines;
pub mod pane;
pub mod sentences;
pub mod text_field;
