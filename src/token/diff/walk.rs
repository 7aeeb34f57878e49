//! Going through two tokens at once, member by member.

use serde_json::{Map, Value};

use super::path::Path;
use super::shape::{Fields, Place, Shape, mean_the_same};
use super::{Kind, Row};
use crate::claims::Held;

/// The rows of two objects, what matters most first.
pub(super) fn rows(
    fields: Fields,
    a: &Map<String, Value>,
    b: &Map<String, Value>,
    can_publish: [bool; 2],
) -> Vec<Row> {
    let mut walk = Walk { rows: Vec::new(), can_publish };
    walk.object(&Path::default(), fields, Some(a), Some(b));
    walk.rows.sort_by_key(|row| row.rank);
    walk.rows
}

struct Walk {
    rows: Vec<Row>,
    can_publish: [bool; 2],
}

type Object<'v> = Option<&'v Map<String, Value>>;

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
            let Some((name, place, _)) = of_a.or(of_b) else { return };
            self.value(&path.key(name), place, of_a.map(|of| of.2), of_b.map(|of| of.2));
        }
    }

    fn value(&mut self, path: &Path, place: Place, a: Option<&Value>, b: Option<&Value>) {
        if let Some(fields) = place.shape.fields(place) {
            if let (Ok(a), Ok(b)) = (object(a), object(b))
                && a.or(b).is_some()
                && (a.is_some_and(|map| !map.is_empty()) || b.is_some_and(|map| !map.is_empty()))
            {
                let before = self.rows.len();
                self.object(path, fields, a, b);
                let told = self.rows[before..].iter().any(|row| row.kind.differs());
                // That it is there at all may be something of its own, unless what is in it says so.
                let counts = matches!(place.shape, Shape::Grant("video")) || !place.zero;
                if counts && a.is_some() != b.is_some() && !told {
                    self.leaf(path, place, a.map(whole).as_ref(), b.map(whole).as_ref());
                }
                return;
            }
        } else if let Shape::Messages(message) = place.shape {
            if let (Some(a), Some(b)) = (list(a), list(b))
                && !(a.is_empty() && b.is_empty())
            {
                // One that is empty dispatches too.
                let item = Place { shape: Shape::Message(message), zero: false, ..place };
                return self.list(path, item, a, b);
            }
        } else if matches!(place.shape, Shape::Any) {
            match (a, b) {
                (Some(Value::Object(a)), Some(Value::Object(b))) if !(a.is_empty() && b.is_empty()) => {
                    return self.object(path, Fields::Any(place), Some(a), Some(b));
                }
                (Some(Value::Array(a)), Some(Value::Array(b))) if !(a.is_empty() && b.is_empty()) => {
                    return self.list(path, place, a, b);
                }
                _ => {}
            }
        }
        self.leaf(path, place, a, b);
    }

    /// Item by item; what was put in or taken out is found where it is one stretch.
    fn list(&mut self, path: &Path, place: Place, a: &[Value], b: &[Value]) {
        let shorter = a.len().min(b.len());
        let before = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let after =
            a.iter().rev().zip(b.iter().rev()).take(shorter - before).take_while(|(a, b)| a == b).count();
        for at in 0..a.len().max(b.len()) - after {
            let within = |list: &[Value]| at < list.len() - after;
            let (a, b) = (a.get(at).filter(|_| within(a)), b.get(at).filter(|_| within(b)));
            self.value(&path.item(at), place, a, b);
        }
        for (at, same) in a.iter().enumerate().skip(a.len() - after) {
            self.value(&path.item(at), place, Some(same), Some(same));
        }
    }

    fn leaf(&mut self, path: &Path, place: Place, a: Option<&Value>, b: Option<&Value>) {
        let kind = match (a, b) {
            _ if a == b => Kind::Same,
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
            a: a.map(Held::from),
            b: if kind == Kind::Same { None } else { b.map(Held::from) },
        });
    }
}

/// An object, or nothing; an error for anything else.
fn object(value: Option<&Value>) -> Result<Object<'_>, ()> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(()),
    }
}

fn list(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None | Some(Value::Null) => Some(&[]),
        Some(Value::Array(items)) => Some(items),
        Some(_) => None,
    }
}

fn whole(map: &Map<String, Value>) -> Value {
    Value::Object(map.clone())
}
