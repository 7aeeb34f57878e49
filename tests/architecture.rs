//! The layer rule: a module uses only what stands below it. What stands where is written down once, here.

use std::fs;
use std::path::{Path, PathBuf};

/// From the top down. A module may `use crate::` only those of a later row; `ports` alone also looks at all of
/// the outside world, and within a row nobody knows anybody.
const LAYERS: &[&[&str]] = &[
    &["main"],
    &["cli", "tui"],
    &["error"],
    &["ports"],
    &["store", "clipboard", "ledger", "check", "server", "import", "webhook", "endpoint", "hardening"],
    &["settings"],
    &["files", "exchange"],
    &["explain"],
    &["token"],
    &["claims"],
    &["project"],
    &["clock"],
    &["text", "finding"],
];

fn rank(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|row| row.contains(&module))
        .unwrap_or_else(|| panic!("src/{module}.rs is in no layer: give it a place in tests/architecture.rs"))
}

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The top-level module that a file belongs to: `claims` for `src/claims/catalog.rs`.
fn module_of(path: &Path, src: &Path) -> String {
    let relative = path.strip_prefix(src).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The first path segment behind every `crate::` (or `roomkey::` in the binary), also inside `use crate::{..}`.
fn uses(text: &str, root: &str) -> Vec<String> {
    let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, _) in text.match_indices(root) {
        let rest = &text[at + root.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if c.is_whitespace() => {}
                    _ if start => {
                        found.push(word(&group[i..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push(word(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[test]
fn every_module_uses_only_what_stands_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let module = module_of(&file, &src);
        if module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let text = code.join("\n");
        let root = if module == "main" { "roomkey::" } else { "crate::" };
        for used in uses(&text, root) {
            if used == module {
                continue;
            }
            let (own, other) = (rank(&module), rank(&used));
            if other <= own {
                wrong.push(format!("{} uses {used}", file.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(wrong.is_empty(), "upward or sideways:\n{}", wrong.join("\n"));
}

#[test]
fn the_pure_layers_touch_no_world() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let world = ["std::fs", "std::env", "std::thread", "std::net::Tcp", "ratatui", "clap::", "std::process"];
    for file in files {
        let module = module_of(&file, &src);
        if module == "lib" || rank(&module) < rank("token") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for word in world {
            assert!(!text.contains(word), "{} uses {word}", file.display());
        }
        if module != "clock" {
            for word in ["SystemTime", "Instant::now", "Timestamp::now()"] {
                let code = text.split("#[cfg(test)]").next().unwrap();
                assert!(!code.contains(word), "{} reads the clock", file.display());
            }
        }
    }
}

#[test]
fn a_use_is_seen_however_it_is_written() {
    assert_eq!(uses("use crate::a::B;", "crate::"), ["a"]);
    assert_eq!(uses("use crate::{a::{B, C}, d};\ncrate::e::f()", "crate::"), ["a", "d", "e"]);
}
