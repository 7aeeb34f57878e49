//! This test binary again in a process of its own: with another environment, or to be killed.

use std::path::Path;
use std::process::{Command, Stdio};

/// The path of the test that a function or closure of it stands in: `keyring::a_test`.
pub(crate) fn test_of<F>(_: &F) -> String {
    let name = std::any::type_name::<F>();
    let name = name.split_once("::").map_or(name, |(_, path)| path);
    name.trim_end_matches("::{{closure}}").to_owned()
}

const ROLE: &str = "ROOMKEY_TEST_ROLE";
const FOLDER: &str = "ROOMKEY_TEST_FOLDER";

/// What this process is to do of the test it runs; `None` in the process that `cargo test` started.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// This test once more, in another process that finds `role`.
pub(crate) fn again(test: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, role);
    command
}

/// Runs a command to its end with nothing to read, and gives what it wrote.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every file below `dir` whose bytes contain `needle`.
pub(crate) fn files_with(dir: &Path, needle: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(needle.len()).any(|window| window == needle.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

/// A disk that ends this process, as `kill -9` would, right before a step.
#[cfg(unix)]
pub(crate) fn deadly_disk(fatal: roomkey::files::Step) -> roomkey::files::Disk {
    roomkey::files::Disk::interrupted(move |step| {
        if step == fatal {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            unreachable!("killed");
        }
        Ok(())
    })
}

/// Runs this test again with each step's number as its role; each of those processes must be killed by its
/// [`deadly_disk`]. After each, `check` looks at what is left.
#[cfg(unix)]
pub(crate) fn killed_at_each_step(test: &str, folder: &Path, mut check: impl FnMut(roomkey::files::Step)) {
    use std::os::unix::process::ExitStatusExt;
    for (number, step) in roomkey::files::Step::ALL.into_iter().enumerate() {
        let mut command = again(test, &number.to_string());
        command.env(FOLDER, folder);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.signal(), Some(9), "{step:?}: {}", String::from_utf8_lossy(&output.stdout));
        check(step);
    }
}

/// The step that [`killed_at_each_step`] wants this process to be killed at, and the folder it is to work in.
#[cfg(unix)]
pub(crate) fn fatal_step() -> Option<(roomkey::files::Step, std::path::PathBuf)> {
    let step = roomkey::files::Step::ALL[role()?.parse::<usize>().ok()?];
    Some((step, std::env::var_os(FOLDER)?.into()))
}

/// The most memory that a process (`self`, or a number) has held so far, in KB.
#[cfg(target_os = "linux")]
#[track_caller]
pub(crate) fn peak(process: &str) -> u64 {
    kilobytes(process, "VmHWM:")
}

/// A figure of a process in `/proc`, in KB.
#[cfg(target_os = "linux")]
#[track_caller]
pub(crate) fn kilobytes(process: &str, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure)).expect(figure);
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
