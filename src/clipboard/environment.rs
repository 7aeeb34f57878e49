//! What the session is, as far as a clipboard cares, and which routes follow from it.

use std::ffi::OsString;
use std::io::IsTerminal;

use super::Route;

/// What decides the routes. Read once from the real environment, or made up by a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `DISPLAY`: where the X server is.
    pub display: Option<OsString>,
    /// `WAYLAND_DISPLAY`: where the compositor is.
    pub wayland_display: Option<OsString>,
    /// `SSH_CONNECTION`: set means that a display seen from here is not the one in front of the user.
    pub ssh_connection: Option<OsString>,
    /// `TMUX`: the socket of the tmux around us.
    pub tmux: Option<OsString>,
    /// `TERM`.
    pub term: Option<OsString>,
    /// Whether standard output is a terminal, so that an escape sequence can be written to it.
    pub terminal: bool,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn current() -> Self {
        Self {
            display: std::env::var_os("DISPLAY"),
            wayland_display: std::env::var_os("WAYLAND_DISPLAY"),
            ssh_connection: std::env::var_os("SSH_CONNECTION"),
            tmux: std::env::var_os("TMUX"),
            term: std::env::var_os("TERM"),
            terminal: std::io::stdout().is_terminal(),
        }
    }

    /// The routes that are open, best first. An empty variable counts as unset.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let set = |variable: &Option<OsString>| variable.as_ref().is_some_and(|value| !value.is_empty());
        let mut routes = Vec::new();
        if !set(&self.ssh_connection) {
            if cfg!(any(target_os = "macos", windows)) {
                routes.push(Route::System);
            } else {
                if set(&self.wayland_display) {
                    routes.push(Route::Wayland);
                }
                if set(&self.display) {
                    routes.push(Route::X11);
                }
            }
        }
        if set(&self.tmux) {
            routes.push(Route::Tmux);
        }
        if self.terminal && self.terminal_understands_osc() {
            routes.push(Route::Osc52);
        }
        routes
    }

    /// A terminal that does not know the sequence ignores it, except for these, which would draw it or have no
    /// clipboard by their nature: `dumb` (editors, logs) and the console of the Linux kernel.
    fn terminal_understands_osc(&self) -> bool {
        self.term.as_ref().is_some_and(|term| !term.is_empty() && term != "dumb" && term != "linux")
    }
}

#[cfg(all(test, not(any(target_os = "macos", windows))))]
mod tests {
    use super::*;

    fn session(variables: &[(&str, &str)], terminal: bool) -> Environment {
        let get = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
        Environment {
            display: get("DISPLAY"),
            wayland_display: get("WAYLAND_DISPLAY"),
            ssh_connection: get("SSH_CONNECTION"),
            tmux: get("TMUX"),
            term: get("TERM"),
            terminal,
        }
    }

    #[test]
    fn a_desktop_is_tried_before_tmux_and_the_terminal_comes_last() {
        let all = [
            ("DISPLAY", ":0"),
            ("WAYLAND_DISPLAY", "wayland-0"),
            ("TMUX", "/tmp/tmux,1,0"),
            ("TERM", "tmux-256color"),
        ];
        assert_eq!(session(&all, true).routes(), [Route::Wayland, Route::X11, Route::Tmux, Route::Osc52]);
        assert_eq!(session(&all, false).routes(), [Route::Wayland, Route::X11, Route::Tmux]);
    }

    #[test]
    fn a_display_seen_over_ssh_is_not_the_users() {
        let remote = [
            ("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22"),
            ("DISPLAY", "localhost:10.0"),
            ("TERM", "xterm"),
        ];
        assert_eq!(session(&remote, true).routes(), [Route::Osc52]);
    }

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let blank = [("DISPLAY", ""), ("WAYLAND_DISPLAY", ""), ("TMUX", ""), ("TERM", "")];
        assert_eq!(session(&blank, true).routes(), []);
        let local = [("SSH_CONNECTION", ""), ("DISPLAY", ":0")];
        assert_eq!(session(&local, false).routes(), [Route::X11]);
    }

    #[test]
    fn a_terminal_that_would_show_the_sequence_is_spared_it() {
        for term in ["dumb", "linux"] {
            assert_eq!(session(&[("TERM", term)], true).routes(), [], "{term}");
        }
        assert_eq!(session(&[], true).routes(), []);
        assert_eq!(session(&[("TERM", "foot")], true).routes(), [Route::Osc52]);
    }
}
