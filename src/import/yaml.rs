//! As much of YAML as a configuration file of LiveKit's has: texts, lists and maps, each text with its place.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser};
use zeroize::Zeroizing;

/// A value.
#[derive(Clone)]
pub(super) enum Node {
    /// A text, number or whatever else stands in one place, as it is written but for its quotes.
    Text(Zeroizing<String>, Range<usize>),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(String, Node)>),
}

/// Where it stops being YAML. Nothing of the text is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotYaml {
    /// Counted from 1.
    pub(super) line: usize,
}

impl Node {
    /// What a map has under a name.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> &[Node] {
        match self {
            Self::List(nodes) => nodes,
            _ => &[],
        }
    }

    pub(super) fn pairs(&self) -> &[(String, Node)] {
        match self {
            Self::Map(pairs) => pairs,
            _ => &[],
        }
    }
}

/// A list or map that is still being read.
enum Open {
    List(Vec<Node>),
    Map(Vec<(String, Node)>, Key),
}

/// The key that the next value of a map is for.
enum Key {
    /// It is yet to come.
    None,
    Text(String),
    /// Something that names nothing we look for.
    Other,
}

/// Reads the first document.
pub(super) fn parse(text: &str) -> Result<Node, NotYaml> {
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, Node> = HashMap::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| NotYaml { line: error.marker().line() })?;
        let line = NotYaml { line: span.start.line() };
        let node = match event {
            Event::Scalar(value, _, anchor, _) => {
                let node = Node::Text(Zeroizing::new(value.into_owned()), span.byte_range().ok_or(line)?);
                // Only texts can be referred to: a few lists of lists would otherwise fill the memory.
                if anchor > 0 {
                    anchors.insert(anchor, node.clone());
                }
                node
            }
            Event::Alias(anchor) => anchors.get(&anchor).cloned().ok_or(line)?,
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Vec::new(), Key::None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(nodes)) => Node::List(nodes),
                Some(Open::Map(pairs, _)) => Node::Map(pairs),
                None => return Err(line),
            },
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(node),
            Some(Open::List(nodes)) => nodes.push(node),
            Some(Open::Map(pairs, key)) => match std::mem::replace(key, Key::None) {
                Key::None => {
                    *key =
                        if let Node::Text(text, _) = node { Key::Text(text.to_string()) } else { Key::Other };
                }
                Key::Text(key) => pairs.push((key, node)),
                Key::Other => {}
            },
        }
    }
    Ok(Node::Map(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lists_and_maps_are_read_with_their_places() {
        let text =
            "# c\na: \"fake: x\"\nb:\n  - name: 'é'\n    n: 7880\n  - {k: v, ? [x] : y}\nc: &s fake\nd: *s\n";
        let node = parse(text).unwrap();
        assert_eq!(node.get("a").and_then(Node::text), Some("fake: x"));
        let Some(Node::Text(_, place)) = node.get("a") else { panic!() };
        assert_eq!(&text[place.clone()], "\"fake: x\"");
        let list = node.get("b").unwrap().list();
        assert_eq!(list[0].get("name").and_then(Node::text), Some("é"));
        assert_eq!(list[0].get("n").and_then(Node::text), Some("7880"));
        assert_eq!(list[1].pairs().len(), 1);
        assert_eq!(node.get("d").and_then(Node::text), Some("fake"));
    }

    #[test]
    fn what_is_no_yaml_is_told_by_its_line() {
        assert_eq!(parse("a: 1\nb: [\n").err().map(|error| error.line > 1), Some(true));
        assert!(parse("a: b: c\n").is_err() || parse("a: 'x\n").is_err());
        assert!(parse("a: *nothing\n").is_err());
        for empty in ["", "# only this\n", "---\n"] {
            assert!(parse(empty).unwrap().pairs().is_empty());
        }
    }
}
