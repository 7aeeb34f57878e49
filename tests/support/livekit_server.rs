//! A real livekit-server on loopback, if there is one on this machine.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::server::free_port;
use super::{eventually, holds};

/// The secret of its key `devkey`.
pub(crate) const SECRET: &str = "fake-livekit-secret-0123456789-abcdef";

/// A running server.
pub(crate) struct LiveKit {
    child: Child,
    pub(crate) port: u16,
    _folder: tempfile::TempDir,
}

/// The program that `LIVEKIT_SERVER` names.
pub(crate) fn program(test: &str) -> Option<PathBuf> {
    let program = std::env::var_os("LIVEKIT_SERVER").map(PathBuf::from).filter(|file| file.is_file());
    holds(program.is_some(), "a livekit-server, named by LIVEKIT_SERVER", test).then(|| program.unwrap())
}

impl LiveKit {
    /// Starts it without Redis, for this machine only, with one key.
    pub(crate) fn start(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, tcp) = (free_port(), free_port());
        let config = format!(
            "port: {port}\nbind_addresses: [127.0.0.1]\nrtc: {{tcp_port: {tcp}, udp_port: {tcp}, use_external_ip: false}}\n\
             keys: {{devkey: {SECRET}}}\nlogging: {{level: error}}\n"
        );
        let child = Command::new(program)
            .args(["--node-ip", "127.0.0.1", "--config-body", &config])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("livekit-server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port, _folder: folder }
    }
}

impl Drop for LiveKit {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
