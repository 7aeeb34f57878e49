//! Writing changed policies into the text a person may have written, and leaving the rest of it as it is.

use std::ops::Range;
use std::path::Path;

use super::{At, Policies, PoliciesError, ROWS, quoted};
use crate::claims::policy::ProjectPolicy;
use crate::project::ProjectName;

/// The text with every policy in which `after` differs from `before` changed. What cannot be changed in place (a policy
/// written as an inline table, or by dotted keys) has the whole file written anew: a comment is worth less than a guard.
pub(super) fn patched(
    text: &str,
    before: &Policies,
    after: &Policies,
    path: &Path,
) -> Result<String, PoliciesError> {
    let names = before.0.keys().chain(after.0.keys().filter(|name| !before.0.contains_key(*name)));
    let mut out = text.to_owned();
    for name in names {
        let (old, new) = (before.0.get(name), after.0.get(name));
        if old == new {
            continue;
        }
        let Some(patched) = one(&out, name, (old, new), path)? else { return Ok(anew(after)) };
        out = patched;
    }
    Ok(match Policies::parse(&out, path) {
        Ok(read) if read == *after => out,
        _ => anew(after),
    })
}

/// The text with the policy of one project changed; `None` if that cannot be done in place.
fn one(
    text: &str,
    name: &ProjectName,
    (old, new): (Option<&ProjectPolicy>, Option<&ProjectPolicy>),
    path: &Path,
) -> Result<Option<String>, PoliciesError> {
    let Some(block) = block(text, name, path)? else {
        let mut out = text.to_owned();
        if let Some(policy) = new {
            if !out.is_empty() {
                out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
            }
            out.push_str(&written(name, policy));
        }
        return Ok(Some(out));
    };
    let Block::Section(lines) = block else { return Ok(None) };
    let Some(policy) = new else {
        let mut out = text.to_owned();
        out.replace_range(lines, "");
        return Ok(Some(out));
    };
    let mut out = text.to_owned();
    for row in &ROWS {
        let wanted = (row.write)(policy);
        if old.is_some_and(|old| (row.write)(old) == wanted) {
            continue;
        }
        let at = At { text: &out, path };
        let table = at.table()?;
        let found = table.get_ref().iter().find(|(key, _)| key.get_ref().as_ref() == name.as_str());
        let Some((header, table)) =
            found.and_then(|(key, value)| Some((key.span(), value.get_ref().as_table()?)))
        else {
            return Ok(None);
        };
        let there = table.iter().find(|(key, _)| key.get_ref().as_ref() == row.key);
        let spans = there.map(|(key, value)| (key.span(), value.span()));
        let last = table.values().map(|value| value.span().end).max().unwrap_or(header.end);
        match (spans, wanted) {
            (Some((_, value)), Some(new)) => out.replace_range(value, &new),
            (Some((key, value)), None) => out.replace_range(whole_lines(&out, key.start..value.end), ""),
            (None, Some(new)) => {
                let end = whole_lines(&out, last..last).end;
                let gap = if out[..end].ends_with('\n') { "" } else { "\n" };
                out.insert_str(end, &format!("{gap}{} = {new}\n", row.key));
            }
            (None, None) => {}
        }
    }
    Ok(Some(out))
}

/// Where a project's policy stands.
enum Block {
    /// From its `[header]` to the next one, in whole lines; what a person wrote right above that belongs to it.
    Section(Range<usize>),
    /// Otherwise.
    Otherwise,
}

fn block(text: &str, name: &ProjectName, path: &Path) -> Result<Option<Block>, PoliciesError> {
    let at = At { text, path };
    let table = at.table()?;
    let headers = || table.get_ref().keys().map(|key| whole_lines(text, key.span()).start);
    let found = table.get_ref().keys().find(|key| key.get_ref().as_ref() == name.as_str());
    let Some(key) = found else { return Ok(None) };
    let start = whole_lines(text, key.span()).start;
    if text[start..key.span().start].trim() != "[" {
        return Ok(Some(Block::Otherwise));
    }
    let mut end = headers().filter(|line| *line > start).min().unwrap_or(text.len());
    while end < text.len() && end > start {
        let above = text[..end - 1].rfind('\n').map_or(0, |at| at + 1);
        if above <= start || !text[above..end].trim_start().starts_with('#') {
            break;
        }
        end = above;
    }
    Ok(Some(Block::Section(start..end)))
}

fn whole_lines(text: &str, part: Range<usize>) -> Range<usize> {
    let start = text[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[part.end..].find('\n').map_or(text.len(), |at| part.end + at + 1);
    start..end
}

/// A policy as a section of the file.
fn written(name: &ProjectName, policy: &ProjectPolicy) -> String {
    let rows = ROWS.iter().filter_map(|row| Some(format!("{} = {}\n", row.key, (row.write)(policy)?)));
    format!("[{}]\n{}", key(name), rows.collect::<String>())
}

/// A name as TOML has it for a key: bare where it can be.
fn key(name: &ProjectName) -> String {
    let bare = name.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if bare { name.to_string() } else { quoted(name.as_str()) }
}

fn anew(policies: &Policies) -> String {
    let sections: Vec<String> = policies.0.iter().map(|(name, policy)| written(name, policy)).collect();
    sections.join("\n")
}
