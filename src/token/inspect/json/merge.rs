//! What a key comes to that is there several times, as the server's reader takes it: of several values the last, of
//! objects one of them all.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::ser::{Serialize, Serializer};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::{Cell, Kind, Members, Node, Tag, Text, small};
use crate::claims::Held;

/// A member that is kept, see [`Json::of_members`].
pub(in crate::token) enum Kept<'t> {
    /// As it stands.
    Whole(Node<'t>),
    /// An object, under the key of this member, of members that are kept.
    Object(Node<'t>, Vec<Node<'t>>),
}

impl Kept<'_> {
    pub(super) fn put(&self, out: &mut Vec<Cell>) {
        match self {
            Self::Whole(node) => node.put_member(out),
            Self::Object(node, members) => {
                node.put_key(out);
                let place = out.len();
                out.push(Cell { tag: Tag::Object, start: 0, end: 0, after: 0, repeats: false });
                for member in members {
                    member.put_member(out);
                }
                close(out, place);
            }
        }
    }
}

/// Says of a cell that all behind it is in it.
pub(super) fn close(cells: &mut [Cell], place: usize) {
    let after = small(cells.len());
    cells[place].after = after;
}

/// Puts down what values of one key come to, as [`Node::merged`] makes it. An object of several has no text.
pub(super) fn settle(nodes: &[Node<'_>], out: &mut Vec<Cell>) {
    let Some(last) = nodes.last() else { return };
    let place = out.len();
    if nodes.len() == 1 && !last.repeats() {
        return last.put(out);
    }
    out.push(Cell { repeats: false, ..last.cell() });
    match last.kind() {
        Kind::List(items) => items.for_each(|item| settle(&[item], out)),
        Kind::Object(members) => {
            let objects = objects_at_the_end(nodes);
            if objects.len() == 1 && members.are_distinct() {
                for (_, node) in members {
                    node.put_key(out);
                    settle(&[node], out);
                }
            } else {
                if objects.len() > 1 {
                    (out[place].start, out[place].end) = (0, 0);
                }
                for (_, nodes) in &Gathered::of(objects).keys {
                    nodes[0].put_key(out);
                    settle(nodes, out);
                }
            }
        }
        _ => {}
    }
    close(out, place);
}

/// Those that are merged: the objects behind the last value that is none.
fn objects_at_the_end<'a, 't>(nodes: &'a [Node<'t>]) -> &'a [Node<'t>] {
    let objects = nodes.iter().rev().take_while(|node| matches!(node.kind(), Kind::Object(_))).count();
    &nodes[nodes.len() - objects..]
}

/// Members by their keys, each key once: of several the last, objects merged.
#[derive(Default)]
pub(in crate::token::inspect) struct Gathered<'t> {
    keys: Vec<(Text<'t>, Vec<Node<'t>>)>,
    /// Where each key is, once there are many; before, it is quicker to look through them.
    places: HashMap<Cow<'t, str>, usize>,
}

impl<'t> Gathered<'t> {
    pub(in crate::token::inspect) fn add(&mut self, key: Text<'t>, node: Node<'t>) {
        let next = self.keys.len();
        let at = if next <= Members::SMALL {
            self.keys.iter().position(|(known, _)| known.is(key)).unwrap_or(next)
        } else {
            if self.places.is_empty() {
                self.places = self.keys.iter().map(|(key, _)| key.read()).zip(0..).collect();
            }
            *self.places.entry(key.read()).or_insert(next)
        };
        match self.keys.get_mut(at) {
            Some((_, nodes)) => nodes.push(node),
            None => self.keys.push((key, vec![node])),
        }
    }

    fn of(objects: &[Node<'t>]) -> Self {
        let mut gathered = Self::default();
        for object in objects {
            if let Kind::Object(members) = object.kind() {
                members.for_each(|(key, node)| gathered.add(key, node));
            }
        }
        gathered
    }

    /// The keys in order, each with what its values come to, but for those that come to `null`.
    pub(in crate::token::inspect) fn members(&self) -> impl Iterator<Item = (Cow<'t, str>, Held)> {
        self.keys.iter().filter_map(|(key, nodes)| {
            let last = nodes.last()?;
            let held = match last.kind() {
                Kind::Null => return None,
                Kind::List(_) | Kind::Object(_) => Held::written(&Merged(nodes))?,
                _ => Held::from(last.merged()),
            };
            Some((key.read(), held))
        })
    }
}

/// What values of one key come to, as [`Node::merged`] makes it, to be written without being made.
pub(super) struct Merged<'a, 't>(pub(super) &'a [Node<'t>]);

impl Serialize for Merged<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(last) = self.0.last() else { return serializer.serialize_unit() };
        if self.0.len() == 1 && !last.repeats() {
            return last.serialize(serializer);
        }
        match last.kind() {
            Kind::List(items) => serializer.collect_seq(items.map(One)),
            Kind::Object(members) => {
                let objects = objects_at_the_end(self.0);
                if objects.len() == 1 && members.are_distinct() {
                    return serializer.collect_map(members.map(|(key, node)| (key, One(node))));
                }
                let gathered = Gathered::of(objects);
                serializer.collect_map(gathered.keys.iter().map(|(key, nodes)| (key.read(), Merged(nodes))))
            }
            _ => last.serialize(serializer),
        }
    }
}

/// A value whose key is there once.
struct One<'t>(Node<'t>);

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Merged(&[self.0]).serialize(serializer)
    }
}

/// Puts a value under its key: an object over an object is merged into it, anything else replaces.
pub(in crate::token::inspect) fn lay(map: &mut Map<String, Value>, key: String, value: Value) {
    match map.entry(key) {
        Entry::Vacant(place) => drop(place.insert(value)),
        Entry::Occupied(mut place) => match (place.get_mut(), value) {
            (Value::Object(below), Value::Object(above)) => {
                for (key, value) in above {
                    lay(below, key, value);
                }
            }
            (below, value) => *below = value,
        },
    }
}
