//! What is in assets/deploy: as much of it as can be tried without a container engine and a cluster.

use std::path::{Path, PathBuf};
use std::process::Command;

use granit_parser::{Event, Parser};
use rustix::process::Signal;
use serde_json::{Map, Value};

use super::program::Server;
use super::{ask, request};
use crate::support::home::{Home, payload};

const MANIFEST: &str = include_str!("../../assets/deploy/kubernetes.yaml");
const DOCKERFILE: &str = include_str!("../../assets/deploy/Dockerfile");

/// The documents of a YAML text. Every scalar is a text here.
fn documents(yaml: &str) -> Vec<Value> {
    let (mut done, mut open) = (Vec::new(), Vec::<(Value, Option<String>)>::new());
    for event in Parser::new_from_str(yaml) {
        let (event, _) = event.unwrap();
        let value = match event {
            Event::Scalar(text, ..) => Value::from(text.to_string()),
            Event::SequenceStart(..) => {
                open.push((Value::Array(Vec::new()), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().unwrap().0,
            _ => continue,
        };
        match open.last_mut() {
            None => done.push(value),
            Some((Value::Array(items), _)) => items.push(value),
            Some((Value::Object(map), key)) => match key.take() {
                None => *key = Some(value.as_str().unwrap().to_owned()),
                Some(key) => assert!(map.insert(key, value).is_none(), "a key stands twice"),
            },
            Some(_) => unreachable!(),
        }
    }
    done
}

fn at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

fn of_kind<'a>(all: &'a [Value], kind: &str) -> &'a Value {
    all.iter().find(|document| document["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// The words behind an instruction of the Dockerfile, line by line.
fn instructions(name: &str) -> impl Iterator<Item = String> + '_ {
    let whole = DOCKERFILE.replace("\\\n", " ");
    let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    lines.into_iter().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

#[test]
fn the_manifest_names_only_what_it_has() {
    let all = documents(MANIFEST);
    let kinds: Vec<&str> = all.iter().map(|document| at(document, "/kind")).collect();
    assert_eq!(kinds, ["ConfigMap", "Deployment", "Service", "PodDisruptionBudget"]);
    for document in &all {
        assert!(
            !at(document, "/apiVersion").is_empty() && at(document, "/metadata/name").starts_with("roomkey")
        );
    }
    let deployment = of_kind(&all, "Deployment");
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    for selector in [
        &deployment["spec"]["selector"]["matchLabels"],
        &of_kind(&all, "Service")["spec"]["selector"],
        &of_kind(&all, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let port = at(container, "/ports/0/name");
    for named in ["/readinessProbe/httpGet/port", "/livenessProbe/httpGet/port"] {
        assert_eq!(at(container, named), port);
    }
    assert_eq!(at(of_kind(&all, "Service"), "/spec/ports/0/targetPort"), port);
    assert_eq!(at(container, "/ports/0/containerPort"), "7878");
    assert!(DOCKERFILE.contains("\nEXPOSE 7878\n"));
    let volumes = pod["volumes"].as_array().unwrap();
    for mount in container["volumeMounts"].as_array().unwrap() {
        assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount}");
    }
    assert_eq!(at(&volumes[0], "/configMap/name"), at(of_kind(&all, "ConfigMap"), "/metadata/name"));
    // The secrets are made by the commands in its head.
    for secret in [at(container, "/envFrom/0/secretRef/name"), at(&volumes[1], "/secret/secretName")] {
        assert!(MANIFEST.contains(&format!("create secret generic {secret} ")), "{secret}");
    }
}

#[test]
fn the_deployment_in_assets_is_one_that_serves() {
    let all = documents(MANIFEST);
    let container = &of_kind(&all, "Deployment")["spec"]["template"]["spec"]["containers"][0];
    let home = Home::new().with_triple();
    home.write("policy.toml", at(of_kind(&all, "ConfigMap"), "/data/policy.toml"));
    home.write("keys", "web = fake-bearer-key-0123456789abcdef\n");
    let entry: Vec<String> = serde_json::from_str(&instructions("ENTRYPOINT").next().unwrap()).unwrap();
    assert_eq!(entry[1], "serve");
    let mounts = container["volumeMounts"].as_array().unwrap();
    let mounted = |path: &str| mounts.iter().any(|mount| path.starts_with(at(mount, "/mountPath")));
    let args = entry.iter().skip(2).map(String::as_str);
    let args = args.chain(container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()));
    // The files stand elsewhere, and others than this machine need not hear of a test.
    let args: Vec<String> = args
        .map(|arg| {
            let path = arg.find('/').map_or("", |at| &arg[at..]);
            assert!(path.is_empty() || mounted(path), "nothing is mounted at {path}");
            arg.replace("/etc/roomkey/", "").replace("/run/secrets/", "").replace("0.0.0.0", "127.0.0.1")
        })
        .collect();
    let server = Server::start(&home, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let headers = [
        "Host: tokens.example.com",
        "Origin: https://app.example.com",
        "Authorization: Bearer fake-bearer-key-0123456789abcdef",
    ];
    let token = server.post(r#"{"participant_identity":"alice"}"#, &headers).token();
    assert!(payload(&token)["sub"].as_str().unwrap().starts_with("alice-"));
    server.post("{}", &headers[..2]).refused(401, "key");
    let probed = at(container, "/readinessProbe/httpGet/path");
    assert_eq!(probed, at(container, "/livenessProbe/httpGet/path"));
    let probe = |host: &str| {
        ask(server.at, &request(&format!("GET {probed} HTTP/1.1"), &[&format!("Host: {host}")], "")).status
    };
    assert_eq!(probe("tokens.example.com"), 200);
    assert_eq!(probe("10.1.2.3:7878"), 403, "bound to this machine alone, it has no other address");
    let (code, said) = server.stop(Signal::TERM);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_the_image_is_built_from_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let mut copied = Vec::new();
    for copy in instructions("COPY").filter(|copy| !copy.starts_with("--from")) {
        let mut words: Vec<&str> = copy.split_whitespace().collect();
        let target = words.pop().unwrap();
        for source in words {
            let from = root.join(source);
            assert!(from.exists(), "COPY {source}: it is not there");
            let to = if target.ends_with('/') {
                folder.path().join(target).join(source)
            } else {
                folder.path().join(target)
            };
            let done = Command::new("cp").arg("-r").args([&from, &to]).status().unwrap();
            assert!(done.success());
            copied.push(from);
        }
    }
    // What the source takes in from outside of itself is copied, too.
    let mut sources = Vec::new();
    collect(&root.join("src"), &mut sources);
    for file in sources {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (place, _) in code.match_indices("include_str!(\"") {
            let name = code[place + 14..].split('"').next().unwrap();
            let included = file.parent().unwrap().join(name).canonicalize().unwrap();
            assert!(
                copied.iter().any(|from| included.starts_with(from)),
                "{} is not copied",
                included.display()
            );
        }
    }
    // The commands before the build, and then what cargo makes of what is there.
    let run = instructions("RUN").next().unwrap();
    let (before, build) = run.rsplit_once("&&").unwrap();
    assert_eq!(build.trim(), "cargo build --release --locked --bin roomkey");
    let done = Command::new("sh").args(["-c", before]).current_dir(folder.path()).status().unwrap();
    assert!(done.success(), "{before}");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    for target in metadata["packages"][0]["targets"].as_array().unwrap() {
        let path = PathBuf::from(at(target, "/src_path"));
        assert!(path.is_file(), "the manifest names {}, and the Dockerfile does not make it", path.display());
    }
    // The compiler of the image is one that the manifest takes.
    let image = instructions("FROM").next().unwrap();
    let version = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let has = image.split("rust:").nth(1).unwrap().split('-').next().unwrap();
    assert!(version(has) >= version(at(&metadata, "/packages/0/rust_version")), "{has}");
    // And what it builds is what it starts.
    let last = instructions("COPY").last().unwrap();
    assert_eq!(last, "--from=build /src/target/release/roomkey /usr/local/bin/roomkey");
    assert!(DOCKERFILE.contains("ENTRYPOINT [\"/usr/local/bin/roomkey\", \"serve\""));
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}
