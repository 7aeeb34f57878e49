//! Going through two tokens at once, member by member.

use super::path::Path;
use super::shape::{Fields, Place, Shape, mean_the_same};
use super::{Kind, Row};
use crate::token::inspect::json::{Items, Kind as Is, Members, Node};

/// The rows of two objects, what matters most first.
pub(super) fn rows(fields: Fields, a: Node<'_>, b: Node<'_>, can_publish: [bool; 2]) -> Vec<Row> {
    let mut walk = Walk { rows: Vec::new(), can_publish };
    walk.object(&Path::default(), fields, a.members(), b.members());
    walk.rows.sort_by_key(|row| row.rank);
    walk.rows
}

struct Walk {
    rows: Vec<Row>,
    can_publish: [bool; 2],
}

type Object<'t> = Option<Members<'t>>;

impl Walk {
    fn object(&mut self, path: &Path, fields: Fields, a: Object<'_>, b: Object<'_>) {
        let mut a = fields.members(a).into_iter().peekable();
        let mut b = fields.members(b).into_iter().peekable();
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((one, ..)), Some((other, ..))) => one.cmp(other),
            };
            let of_a = if order.is_le() { a.next() } else { None };
            let of_b = if order.is_ge() { b.next() } else { None };
            let Some((name, place, _)) = of_a.as_ref().or(of_b.as_ref()) else { return };
            let (of_a, of_b) = (of_a.as_ref().map(|of| of.2), of_b.as_ref().map(|of| of.2));
            self.value(&path.key(name), *place, of_a, of_b);
        }
    }

    fn value(&mut self, path: &Path, place: Place, a: Option<Node<'_>>, b: Option<Node<'_>>) {
        if let Some(fields) = place.shape.fields(place) {
            if let (Ok(in_a), Ok(in_b)) = (object(a), object(b))
                && !(is_empty(in_a) && is_empty(in_b))
            {
                let before = self.rows.len();
                self.object(path, fields, in_a, in_b);
                let told = self.rows[before..].iter().any(|row| row.kind.differs());
                // That it is there at all may be something of its own, unless what is in it says so.
                let counts = matches!(place.shape, Shape::Grant("video")) || !place.zero;
                if counts && in_a.is_some() != in_b.is_some() && !told {
                    self.leaf(path, place, a.filter(|_| in_a.is_some()), b.filter(|_| in_b.is_some()));
                }
                return;
            }
        } else if let Shape::Messages(message) = place.shape {
            if let (Ok(a), Ok(b)) = (list(a), list(b))
                && !(is_empty(a) && is_empty(b))
            {
                // One that is empty dispatches too.
                let item = Place { shape: Shape::Message(message), zero: false, ..place };
                return self.list(path, item, &gathered(a), &gathered(b));
            }
        } else if matches!(place.shape, Shape::Any) {
            match (a.map(Node::kind), b.map(Node::kind)) {
                (Some(Is::Object(a)), Some(Is::Object(b))) if !(is_empty(Some(a)) && is_empty(Some(b))) => {
                    return self.object(path, Fields::Any(place), Some(a), Some(b));
                }
                (Some(Is::List(a)), Some(Is::List(b))) if !(is_empty(Some(a)) && is_empty(Some(b))) => {
                    return self.list(path, place, &gathered(Some(a)), &gathered(Some(b)));
                }
                _ => {}
            }
        }
        self.leaf(path, place, a, b);
    }

    /// Item by item; what was put in or taken out is found where it is one stretch.
    fn list(&mut self, path: &Path, place: Place, a: &[Node<'_>], b: &[Node<'_>]) {
        let shorter = a.len().min(b.len());
        let before = a.iter().zip(b).take_while(|(a, b)| a.is(**b)).count();
        let after =
            a.iter().rev().zip(b.iter().rev()).take(shorter - before).take_while(|(a, b)| a.is(**b)).count();
        for at in 0..a.len().max(b.len()) - after {
            let within = |list: &[Node<'_>]| at < list.len() - after;
            let (a, b) = (a.get(at).filter(|_| within(a)), b.get(at).filter(|_| within(b)));
            self.value(&path.item(at), place, a.copied(), b.copied());
        }
        for (at, same) in a.iter().enumerate().skip(a.len() - after) {
            self.value(&path.item(at), place, Some(*same), Some(*same));
        }
    }

    fn leaf(&mut self, path: &Path, place: Place, a: Option<Node<'_>>, b: Option<Node<'_>>) {
        let same = match (a, b) {
            (Some(a), Some(b)) => a.is(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let kind = match (a, b) {
            _ if same => Kind::Same,
            _ if mean_the_same(place, (a, b), self.can_publish) => Kind::SameMeaning,
            (Some(_), None) => Kind::OnlyA,
            (None, Some(_)) => Kind::OnlyB,
            _ => Kind::Changed,
        };
        self.rows.push(Row {
            path: path.clone(),
            entry: place.entry,
            kind,
            rank: place.rank,
            a: a.map(Node::held),
            b: if kind == Kind::Same { None } else { b.map(Node::held) },
        });
    }
}

/// An object, or nothing; an error for anything else.
fn object(value: Option<Node<'_>>) -> Result<Object<'_>, ()> {
    match value.map(Node::kind) {
        None | Some(Is::Null) => Ok(None),
        Some(Is::Object(members)) => Ok(Some(members)),
        Some(_) => Err(()),
    }
}

/// A list, or nothing; an error for anything else.
fn list(value: Option<Node<'_>>) -> Result<Option<Items<'_>>, ()> {
    match value.map(Node::kind) {
        None | Some(Is::Null) => Ok(None),
        Some(Is::List(items)) => Ok(Some(items)),
        Some(_) => Err(()),
    }
}

fn is_empty(values: Option<impl Iterator>) -> bool {
    values.is_none_or(|mut values| values.next().is_none())
}

fn gathered(items: Option<Items<'_>>) -> Vec<Node<'_>> {
    items.into_iter().flatten().collect()
}
