//! What the columns of a table, or the names of a JSON object, set in a draft.

use serde_json::{Map, Value};

use super::super::draft::{claim_flags, claim_of};
use crate::claims::catalog::{self, ENTRIES, Entry, Field};
use crate::claims::draft::{Draft, DraftError};
use crate::clock::{Timestamp, Zone};
use crate::text::{did_you_mean, visible};

/// What one column sets.
#[derive(Clone)]
pub(super) enum Column {
    /// Nothing.
    Ignored,
    /// A row of the catalogue.
    Claim(&'static Entry),
    /// One key of pairs, by its path: `attributes.role`.
    Key(String),
}

/// Why a header or a row cannot be used: what is wrong, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: String,
    pub(super) cure: String,
}

impl From<DraftError> for Wrong {
    fn from(error: DraftError) -> Self {
        Self { what: error.to_string(), cure: error.hint() }
    }
}

/// Reads the header of a table. `ignored` are names of columns that are not to count.
pub(super) fn read(header: &[String], ignored: &[String]) -> Result<Vec<Column>, Wrong> {
    let mut columns = Vec::with_capacity(header.len());
    let mut set: Vec<(String, &str)> = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let name = name.trim();
        let column = if name.is_empty() || is_ignored(name, ignored) {
            Column::Ignored
        } else {
            find(name).ok_or_else(|| unknown(name, at + 1))?
        };
        let sets = match &column {
            Column::Ignored => None,
            Column::Claim(entry) => Some(entry.path.to_owned()),
            Column::Key(path) => Some(path.clone()),
        };
        if let Some(sets) = sets {
            if let Some((_, other)) = set.iter().find(|(path, _)| *path == sets) {
                return Err(Wrong {
                    what: format!("the columns {} and {} both set {sets}", visible(other), visible(name)),
                    cure: "leave one out with --ignore NAME".into(),
                });
            }
            set.push((sets, name));
        }
        columns.push(column);
    }
    if set.is_empty() {
        return Err(Wrong {
            what: "the first line names no column that counts".into(),
            cure: "begin with a line such as identity,room,name".into(),
        });
    }
    Ok(columns)
}

fn is_ignored(name: &str, ignored: &[String]) -> bool {
    ignored.iter().any(|other| other.trim().eq_ignore_ascii_case(name))
}

/// By a flag of `token create`, or by a path of the catalogue; case does not matter where nothing is a name itself.
fn find(name: &str) -> Option<Column> {
    let path = match name.to_ascii_lowercase().as_str() {
        "ttl" => Some("exp"),
        other => claim_of(other),
    };
    let same = |entry: &&Entry| entry.path.eq_ignore_ascii_case(path.unwrap_or(name));
    if let Some(entry) = ENTRIES.iter().find(same) {
        return Some(Column::Claim(entry));
    }
    let (parent, key) = name
        .strip_prefix("roomConfig.tags.")
        .map(|key| ("roomConfig.tags", key))
        .or_else(|| name.strip_prefix("attributes.").map(|key| ("attributes", key)))
        .or_else(|| name.strip_prefix("attribute.").map(|key| ("attributes", key)))?;
    (!key.is_empty()).then(|| Column::Key(format!("{parent}.{key}")))
}

fn unknown(name: &str, at: usize) -> Wrong {
    let flags: Vec<String> = claim_flags().chain(["ttl".into()]).collect();
    let meant = did_you_mean(name, flags.iter().map(String::as_str)).or_else(|| catalog::nearest(name));
    let short: String = name.chars().take(40).collect();
    let cure = match meant {
        Some(meant) => format!("did you mean {meant}? Leave a column out with --ignore NAME"),
        None => "columns are named like the flags of token create or the paths of roomkey grants; leave one out with \
                 --ignore NAME"
            .into(),
    };
    Wrong { what: format!("column {at} is \"{}\", which is no claim", visible(&short)), cure }
}

/// Lays a row of a table over a draft. An empty value leaves the draft as it is.
pub(super) fn lay(
    columns: &[Column],
    values: &[String],
    draft: &mut Draft,
    now: Timestamp,
    zone: &Zone,
) -> Result<(), Wrong> {
    if values.len() != columns.len() {
        let number = |n: usize| if n == 1 { "1 value".to_owned() } else { format!("{n} values") };
        return Err(Wrong {
            what: format!("it has {}, and the first line names {}", number(values.len()), columns.len()),
            cure: "put a value that has the separator in it in quotes, and double the quotes inside".into(),
        });
    }
    for (column, value) in columns.iter().zip(values) {
        if value.is_empty() {
            continue;
        }
        match column {
            Column::Ignored => {}
            Column::Claim(entry) => claim(entry, value, draft, now, zone)?,
            Column::Key(path) => draft.set(path, value, now, zone)?,
        }
    }
    Ok(())
}

/// Texts are taken literally: somebody may be called unset.
fn claim(
    entry: &Entry,
    value: &str,
    draft: &mut Draft,
    now: Timestamp,
    zone: &Zone,
) -> Result<(), DraftError> {
    match entry.field {
        Field::Text(at) | Field::LongText(at) => value.clone_into((at.get_mut)(draft)),
        _ => draft.set_entry(entry, value, now, zone)?,
    }
    Ok(())
}

/// Lays a JSON object over a draft: names as in [`read`], or objects as a draft has them (`"video": {...}`).
pub(super) fn lay_json(
    text: &str,
    ignored: &[String],
    draft: &mut Draft,
    now: Timestamp,
    zone: &Zone,
) -> Result<(), Wrong> {
    let object = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Err(not_an_object("it is JSON, but not an object")),
        Err(error) => return Err(not_an_object(&format!("it is not JSON: {error}"))),
    };
    let mut whole = Map::new();
    for (at, (name, value)) in object.into_iter().enumerate() {
        if is_ignored(&name, ignored) || value.is_null() {
            continue;
        }
        let text = match value {
            Value::String(text) => text,
            Value::Object(_) => {
                whole.insert(name, value);
                continue;
            }
            other => other.to_string(),
        };
        match find(name.trim()) {
            Some(Column::Claim(entry)) => claim(entry, &text, draft, now, zone)?,
            Some(Column::Key(path)) => draft.set(&path, &text, now, zone)?,
            Some(Column::Ignored) | None => return Err(unknown(&name, at + 1)),
        }
    }
    if !whole.is_empty() {
        draft.lay(&Value::Object(whole).to_string(), now, zone)?;
    }
    Ok(())
}

fn not_an_object(what: &str) -> Wrong {
    Wrong { what: what.into(), cure: r#"write a line as {"identity": "alice", "room": "demo"}"#.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ApiKey;

    const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn laid(header: &[&str], row: &[&str]) -> Result<Value, Wrong> {
        let mut draft = Draft::default();
        let columns = read(&strings(header), &strings(&["email"]))?;
        lay(&columns, &strings(row), &mut draft, NOW, &Zone::utc())?;
        Ok(Value::Object(draft.claims(&ApiKey::dev(), NOW).to_json()))
    }

    fn laid_json(text: &str) -> Result<Value, Wrong> {
        let mut draft = Draft::default();
        lay_json(text, &strings(&["email"]), &mut draft, NOW, &Zone::utc())?;
        Ok(Value::Object(draft.claims(&ApiKey::dev(), NOW).to_json()))
    }

    #[test]
    fn every_flag_and_every_path_names_a_column() {
        for name in claim_flags().chain(ENTRIES.iter().map(|entry| entry.path.to_owned())) {
            assert!(matches!(find(&name), Some(Column::Claim(_))), "{name}");
            assert!(matches!(find(&name.to_uppercase()), Some(Column::Claim(_))), "{name}");
        }
    }

    #[test]
    fn a_row_sets_what_its_columns_name_and_an_empty_value_nothing() {
        let header =
            ["Identity", "room", "email", "video.canPublish", "attributes.Role", "valid-for", "ttlx"];
        assert!(laid(&header, &[""; 7]).unwrap_err().what.contains("column 7 is \"ttlx\""));
        let claims = laid(&header[..6], &["unset", "", "a@example", "false", "host", "5m"]).unwrap();
        assert_eq!(claims["sub"], "unset");
        assert_eq!(claims["video"], serde_json::json!({"canPublish": false}));
        assert_eq!(claims["attributes"], serde_json::json!({"Role": "host"}));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 300);
        assert!(claims["video"].get("room").is_none());
    }

    #[test]
    fn json_takes_names_and_whole_objects() {
        let same = laid_json(
            r#"{"identity":"a","room":"r","join":true,"email":1,"attributes.n":"7","name":null,"allow-source":["camera"]}"#,
        );
        let whole = laid_json(
            r#"{"sub":"a","video":{"room":"r","roomJoin":true,"canPublishSources":["camera"]},"attributes":{"n":"7"}}"#,
        );
        assert_eq!(same.unwrap(), whole.unwrap());
    }

    #[test]
    fn what_is_wrong_is_named_with_a_cure() {
        for (found, said, cure) in [
            (laid(&["identiy"], &["a"]), "column 1 is \"identiy\", which is no claim", "identity"),
            (laid(&["zebra"], &["a"]), "column 1 is \"zebra\"", "--ignore NAME"),
            (
                laid(&["room", "video.room"], &["a", "b"]),
                "the columns room and video.room both set video.room",
                "",
            ),
            (laid(&["email", ""], &["a", ""]), "the first line names no column that counts", "identity,room"),
            (laid(&["identity"], &["a", "b"]), "it has 2 values, and the first line names 1", "quotes"),
            (laid(&["identity", "room"], &["a"]), "it has 1 value, and the first line names 2", "quotes"),
            (
                laid(&["video.canPublish"], &["maybe"]),
                "video.canPublish takes true, false or unset",
                "grants",
            ),
            (laid(&["ttl"], &["60"]), "exp: 60 of what?", "write 60s"),
            (laid_json("[1]"), "it is JSON, but not an object", "identity"),
            (laid_json("{"), "it is not JSON: ", "identity"),
            (laid_json(r#"{"zebra": 1}"#), "column 1 is \"zebra\"", "--ignore"),
            (laid_json(r#"{"video": {"roomJoin": "yes"}}"#), "video.roomJoin must be true or false", ""),
            (laid_json(r#"{"video.roomJoin": 1}"#), "video.roomJoin takes true or false", ""),
        ] {
            let wrong = found.unwrap_err();
            assert!(wrong.what.contains(said), "{}", wrong.what);
            assert!(wrong.cure.contains(cure) && !wrong.cure.is_empty(), "{}", wrong.cure);
        }
    }
}
