use super::*;

use crate::claims::policy::Allowed;
use crate::files::Step;

fn name(text: &str) -> ProjectName {
    ProjectName::parse(text).unwrap()
}

fn full() -> ProjectPolicy {
    ProjectPolicy {
        label: Label::parse("eu \"west\"").unwrap(),
        colour: Some(Colour::BrightRed),
        max_ttl: Some(5_400),
        allow: Some(vec![Allowed::parse("video.roomJoin").unwrap(), Allowed::parse("sip").unwrap()]),
        production: true,
    }
}

fn file(text: Option<&str>) -> (tempfile::TempDir, PoliciesFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = PoliciesFile::new(&Paths::under(folder.path()), Disk::default());
    if let Some(text) = text {
        file.disk.hold(&file.path).unwrap().replace(text.as_bytes()).unwrap();
    }
    (folder, file)
}

fn written(file: &PoliciesFile) -> String {
    std::fs::read_to_string(file.path()).unwrap()
}

#[test]
fn no_file_is_no_policy_and_reading_or_taking_one_away_makes_none() {
    let (_folder, file) = file(None);
    assert_eq!(file.read(), Ok(Policies::default()));
    file.change(|policies| policies.set(&name("acme"), ProjectPolicy::default())).unwrap();
    assert!(!file.path().parent().unwrap().exists());
}

#[test]
fn every_key_is_written_read_back_and_taken_out_again() {
    for project in ["acme-prod", "a \"b\" \\ 会議", "a.b", "local dev"] {
        let (_folder, file) = file(None);
        file.change(|policies| policies.set(&name(project), full())).unwrap();
        assert_eq!(file.read().unwrap().of(&name(project)), &full());
        assert_eq!(file.read().unwrap().of(&name("other")), &ProjectPolicy::default());
        let nothing = ProjectPolicy { allow: Some(Vec::new()), ..ProjectPolicy::default() };
        file.change(|policies| policies.set(&name(project), nothing.clone())).unwrap();
        assert_eq!(file.read().unwrap().of(&name(project)), &nothing);
        assert!(!written(&file).contains("max_ttl"), "{}", written(&file));
        file.change(|policies| policies.set(&name(project), ProjectPolicy::default())).unwrap();
        assert_eq!(written(&file), "");
    }
}

const HAND_MADE: &str = "\
# ours
[staging]
label = \"staging\" # theirs

# people are on it
[acme-prod]
max_ttl = \"2h\"  # not a day
allow = [
  \"video\",
]
";

#[test]
fn what_a_person_wrote_around_a_change_stays() {
    let (_folder, file) = file(Some(HAND_MADE));
    file.change(|policies| {
        let mut policy = policies.of(&name("acme-prod")).clone();
        policy.max_ttl = Some(3_600);
        policy.production = true;
        policies.set(&name("acme-prod"), policy);
    })
    .unwrap();
    let expected = HAND_MADE.replace("\"2h\"", "\"1h\"") + "production = true\n";
    assert_eq!(written(&file), expected);
    file.change(|policies| policies.set(&name("staging"), ProjectPolicy::default())).unwrap();
    assert_eq!(written(&file), expected.replace("[staging]\nlabel = \"staging\" # theirs\n\n", ""));
    file.change(|policies| policies.set(&name("new"), full())).unwrap();
    assert!(written(&file).contains("# people are on it") && written(&file).contains("\n\n[new]\nlabel"));
    assert_eq!(file.read().unwrap().of(&name("new")), &full());
}

#[test]
fn however_it_is_written_a_change_is_made_and_no_other_policy_is_lost() {
    for text in [
        "acme = { production = true }\nother = { max_ttl = \"1h\" }\n",
        "acme.production = true\nacme.label = \"x\"\n[other]\nmax_ttl = \"1h\"",
        "[acme]\nproduction = true\n[other]\nmax_ttl = \"1h\"",
        "\u{feff}[ 'acme' ]\r\nproduction = true\r\n[ \"other\" ]\r\nmax_ttl = '''1h'''\r\n",
    ] {
        for policy in [full(), ProjectPolicy::default()] {
            let (_folder, file) = file(Some(text));
            let other = file.read().unwrap().of(&name("other")).clone();
            assert_eq!(other.max_ttl, Some(3_600), "{text}");
            file.change(|policies| policies.set(&name("acme"), policy.clone())).unwrap();
            assert_eq!(file.read().unwrap().of(&name("acme")), &policy, "{text}");
            assert_eq!(file.read().unwrap().of(&name("other")), &other, "{text}");
        }
    }
}

#[test]
fn what_is_not_understood_is_an_error_with_line_column_and_cure() {
    for (text, told, cure) in [
        (
            "[acme]\nmax-ttl = \"1h\"\n",
            "line 2, column 1: a policy has no key max-ttl",
            "did you mean max_ttl?",
        ),
        ("[acme]\n  max_ttl = \"soon\"\n", "line 2, column 13: max_ttl: ", "such as 1h"),
        ("[acme]\nmax_ttl = 3600\n", "line 2, column 11: max_ttl must be a length of time", "mend that line"),
        (
            "[acme]\nallow = [\"roomJoin\"]\n",
            "line 2, column 9: allow: roomJoin is no grant",
            "video.roomJoin",
        ),
        ("[acme]\nallow = \"video\"\n", "line 2, column 9: allow must be a list", "mend"),
        ("[acme]\nallow = [7]\n", "line 2, column 9: allow must be a list", "mend"),
        ("[acme]\ncolour = \"rde\"\n", "line 2, column 10: colour: rde is none", "did you mean red?"),
        ("[acme]\nproduction = 1\n", "line 2, column 14: production must be true or false", "mend"),
        ("[acme]\nlabel = \"\\u0007\"\n", "line 2, column 9: label: a label cannot contain", "type it"),
        ("acme = true\n", "line 1, column 1: acme is not a table", "[acme-prod]"),
        ("[acme]\n[acme.sub]\n", "line 2, column 7: a policy has no key sub", "a policy has label"),
        ("[acme]\nproduction = \n", "line 2, column ", "mend that line"),
        ("[\" acme\"]\n", "line 1, column 2: a project's name has no space around it", "[\"acme\"]"),
        ("[\"-x\"]\n", "line 1, column 2: a project name cannot start with a dash", "start it"),
        ("[acme]\n[acme]\n", "line 2, column ", "mend that line"),
    ] {
        let (_folder, file) = file(Some(text));
        let error = file.read().unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert!(error.hint().contains(cure), "{}", error.hint());
        assert!(error.hint().ends_with("(nothing is signed until then)"));
        assert_eq!(file.change(|policies| policies.set(&name("b"), full())), Err(error));
        assert_eq!(written(&file), text);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_write_or_that_is_no_text_is_not_obeyed() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, file) = file(Some("[acme]\nproduction = true\n"));
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(file.read().unwrap_err().hint().starts_with("chmod 600"));
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(file.path(), b"\xff\xfe").unwrap();
    assert!(file.read().unwrap_err().to_string().ends_with("is not text"));
}

#[test]
fn a_change_that_is_stopped_anywhere_leaves_the_old_policies_or_the_new() {
    for stop in Step::ALL {
        let (folder, mended) = file(Some(HAND_MADE));
        let disk = Disk::interrupted(move |step| {
            if step == stop { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        let file = PoliciesFile::new(&Paths::under(folder.path()), disk);
        assert!(file.change(|policies| policies.set(&name("acme-prod"), full())).is_err(), "{stop:?}");
        let left = mended.read().unwrap().of(&name("acme-prod")).clone();
        assert!(left == full() || left.max_ttl == Some(7_200), "{stop:?}");
    }
}

#[test]
fn two_at_once_lose_nothing() {
    let (_folder, file) = file(None);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let file = file.clone();
            scope.spawn(move || {
                for round in 0..5 {
                    let name = name(&format!("p{writer}-{round}"));
                    file.change(|policies| policies.set(&name, full())).unwrap();
                }
            });
        }
    });
    assert_eq!(file.read().unwrap().0.len(), 20);
}
