//! Handing an address to whatever opens addresses on this desktop.

use std::process::{Command, Stdio};

use super::super::super::Session;
use crate::text::Sensitive;

/// Opens the address if there is a desktop; says so if not. The opener reads it from its arguments, which is why
/// the warning about the token comes first.
pub(super) fn open(session: &Session, address: &Sensitive) {
    if session.ports.is_demo() {
        return;
    }
    let set = |name| session.ports.variable(name).is_some_and(|value| !value.is_empty());
    let desktop = cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    if !desktop || set("SSH_CONNECTION") {
        session.console.note("no display here: open the address above in a browser");
        return;
    }
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let started = Command::new(program)
        .args(arguments)
        .arg(address.expose())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        session.console.note(&format!("{program} could not be started: open the address above in a browser"));
    }
}
