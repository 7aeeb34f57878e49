//! Laws over the table, and what each form looks like.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::clock::Zone;
use crate::project::{ApiKey, ApiSecret};
use crate::text::is_unprintable;

const NOW: Timestamp = Timestamp::from_unix(1_795_531_327);
const ALL: [FormId; 12] = [
    FormId::Token,
    FormId::Link,
    FormId::Json,
    FormId::Env,
    FormId::Curl,
    FormId::Lk,
    FormId::Roomkey,
    FormId::Python,
    FormId::Node,
    FormId::Go,
    FormId::Rust,
    FormId::Qr,
];

fn draft(json: &Value) -> Draft {
    Draft::from_json(&json.to_string(), NOW, &Zone::utc()).unwrap()
}

fn joining() -> Draft {
    draft(&json!({"identity": "alice", "video": {"roomJoin": true, "room": "demo"}}))
}

fn signed(draft: &Draft) -> Token {
    crate::token::sign(&draft.claims(&ApiKey::dev(), NOW), &ApiSecret::dev()).unwrap()
}

fn server() -> ServerUrl {
    ServerUrl::parse("wss://acme.example:7880/path").unwrap().value
}

fn made(id: FormId, draft: &Draft) -> Made {
    let server = server();
    let about = About { draft, server: Some(&server), project: None, now: NOW };
    make(id, &about, Some(&signed(draft))).unwrap()
}

fn lacks(id: FormId, json: &Value) -> Vec<String> {
    made(id, &draft(json)).lacks
}

#[test]
fn every_form_has_one_row_and_a_word_of_its_own() {
    let rows: Vec<FormId> = FORMS.iter().map(|form| form.id).collect();
    assert_eq!(rows, ALL);
    assert!(ALL.iter().all(|id| id.form().id == *id));
    let words: BTreeSet<&str> = FORMS.iter().map(|form| form.word).collect();
    let names: BTreeSet<&str> = FORMS.iter().map(|form| form.name).collect();
    assert_eq!((words.len(), names.len()), (FORMS.len(), FORMS.len()));
    for form in FORMS {
        assert!(form.word.chars().all(|c| c.is_ascii_lowercase()), "{}", form.word);
        assert!(form.summary.len() <= 64 && !form.summary.ends_with('.'), "{}", form.summary);
    }
}

#[test]
fn a_form_holds_the_token_exactly_if_it_needs_the_signature() {
    let draft = joining();
    let token = signed(&draft);
    let server = server();
    let about = About { draft: &draft, server: Some(&server), project: None, now: NOW };
    for form in FORMS {
        let with = make(form.id, &about, Some(&token)).unwrap().text;
        assert_eq!(with.expose().contains(token.expose()), form.needs_signature(), "{}", form.word);
        match make(form.id, &about, None) {
            Ok(without) => assert_eq!((without.text, form.needs_signature()), (with, false), "{}", form.word),
            Err(error) => {
                assert!(form.needs_signature() && !error.hint().is_empty());
                assert_eq!(error, FormError::NotSigned { name: form.name });
            }
        }
        let preview = preview(form.id, &about).unwrap().text;
        assert!(!preview.expose().contains(token.expose()) && !preview.expose().is_empty());
    }
}

#[test]
fn a_token_in_an_address_comes_with_a_warning_and_no_other() {
    for form in FORMS {
        let address = made(form.id, &joining()).text.expose().starts_with("https://");
        assert_eq!(form.warning().is_some(), address, "{}", form.word);
    }
}

#[test]
fn a_form_that_names_the_server_is_not_made_without_one() {
    let draft = joining();
    let token = signed(&draft);
    let about = About { draft: &draft, server: None, project: None, now: NOW };
    for form in FORMS {
        match make(form.id, &about, Some(&token)) {
            Ok(made) => assert!(!form.names_server && !made.text.expose().contains("acme.example")),
            Err(error) => {
                assert_eq!(error, FormError::NoServer { name: form.name });
                assert!(form.names_server && error.hint().contains("--url"));
            }
        }
    }
}

#[test]
fn no_form_has_anything_in_it_that_a_terminal_obeys_or_an_eye_misses() {
    let odd = "a\u{1b}[31m\u{3}\t\r\n\u{202e}\u{200b}\u{e0001}\0'\"`$(x)${y}\\%t会";
    let odd = draft(&json!({
        "identity": odd, "name": odd, "kind": odd, "kindDetails": [odd], "metadata": odd, "attributes": {odd: odd},
        "roomPreset": odd, "sha256": odd, odd: {odd: odd},
        "video": {"roomJoin": true, "room": odd, "destinationRoom": odd, "canPublishSources": [odd], odd: odd},
        "agentThread": {"scope": odd, "threadIds": [odd], odd: 1},
        "roomConfig": {
            "metadata": odd, "tags": {odd: odd}, "egress": {odd: odd}, odd: odd,
            "agents": [{"agentName": odd, "attributes": {odd: odd}, odd: odd}]
        }
    }));
    for form in FORMS {
        let made = made(form.id, &odd);
        let hostile = |c: char| !matches!(c, '\n' | '\t') && is_unprintable(c);
        assert!(!made.text.expose().contains(hostile), "{}: {}", form.word, made.text.expose());
        for lack in &made.lacks {
            assert!(!lack.contains(is_unprintable), "{}: {lack}", form.word);
        }
        // Tabs indent Go; in the others there are none.
        assert!(form.id == FormId::Go || !made.text.expose().contains('\t'), "{}", form.word);
    }
}

#[test]
fn what_carries_the_token_is_what_others_read() {
    let draft = joining();
    let token = signed(&draft);
    let token = token.expose();
    let text = |id| made(id, &draft).text.expose().to_owned();
    assert_eq!(text(FormId::Token), token);
    assert_eq!(
        text(FormId::Link),
        format!(
            "https://meet.livekit.io/custom?liveKitUrl=wss%3A%2F%2Facme.example%3A7880%2Fpath&token={token}"
        )
    );
    assert_eq!(
        text(FormId::Json),
        format!(r#"{{"server_url":"wss://acme.example:7880/path","participant_token":"{token}"}}"#)
    );
    assert_eq!(text(FormId::Env), format!("LIVEKIT_TOKEN={token}"));
    assert_eq!(
        text(FormId::Curl),
        format!("curl -i -H 'Authorization: Bearer {token}' https://acme.example:7880/path/rtc/validate")
    );
    assert_eq!(text(FormId::Qr), text(FormId::Link));
}

#[test]
fn a_token_that_cannot_join_is_in_the_qr_code_itself_and_its_link_says_so() {
    let draft = draft(&json!({"video": {"roomList": true}}));
    assert_eq!(made(FormId::Qr, &draft).text.expose(), signed(&draft).expose());
    assert_eq!(made(FormId::Link, &draft).lacks, ["this token has no roomJoin, so the link will not join"]);
    let about = About { draft: &joining(), server: None, project: None, now: NOW };
    let token = signed(&joining());
    assert_eq!(make(FormId::Qr, &about, Some(&token)).unwrap().text, token.to_sensitive());
}

#[test]
fn lk_gets_a_flag_where_it_has_one_and_the_grant_for_the_rest() {
    let line = |json| made(FormId::Lk, &draft(&json)).text.expose().to_owned();
    assert_eq!(
        line(json!({
            "identity": "alice", "name": "Alice A", "ttl": "1d1s", "metadata": "{}", "attributes": {"role": "host"},
            "video": {
                "roomJoin": true, "room": "demo", "canUpdateOwnMetadata": true, "canPublishSources": ["camera", "microphone"],
                "canSubscribe": false
            },
            "inference": {"perform": true},
            "roomConfig": {"agents": [{"agentName": "helper", "deployment": "staging", "metadata": "m"}]}
        })),
        "lk token create --join --room demo --identity alice --name 'Alice A' --valid-for 24h1s --metadata '{}' --inference \
         --allow-update-metadata --allow-source camera,microphone --agent helper --deployment staging --job-metadata m \
         --attribute role=host --grant '{\"canSubscribe\":false}'"
    );
    // Without a room lk makes one up, unless the grant says that there is none.
    assert_eq!(
        line(json!({"video": {"roomList": true}})),
        r#"lk token create --list --valid-for 1h --grant '{"room":""}'"#
    );
    // A template in a room is only safe in the grant.
    assert_eq!(
        line(json!({"identity": "a", "video": {"roomJoin": true, "room": "100%t"}})),
        r#"lk token create --join --identity a --valid-for 1h --grant '{"room":"100%t"}'"#
    );
    // An attribute that a .env reader would change goes in as JSON.
    assert_eq!(
        line(json!({"identity": "a", "name": "a", "attributes": {"role": "a,$b é"}, "video": {"room": "r"}})),
        "lk token create --room r --identity a --name a --valid-for 1h --attribute-file /dev/stdin --grant '{}' <<'EOF'\n\
         {\"role\":\"a,$b \\u00e9\"}\nEOF"
    );
}

#[test]
fn what_lk_cannot_say_is_told() {
    assert_eq!(
        lacks(FormId::Lk, &json!({"identity": "a", "name": "n", "video": {"room": "r", "roomJoin": true}})),
        [""; 0]
    );
    assert_eq!(
        lacks(
            FormId::Lk,
            &json!({
                "ttl": "0s", "kind": "egress", "sip": {"call": true, "x": 1}, "roomPreset": "p", "custom": 1,
                "video": {"later": true}, "roomConfig": {"agents": [{"agentName": "a"}]}
            })
        ),
        [
            "an identity is made up",
            "the identity becomes the name, too",
            "a lifetime of 0 is taken for 6 h",
            "kind, sip, roomConfig and roomPreset are left out: lk has no flag",
            "custom and video.later are left out: lk knows no such claim",
        ]
    );
    assert_eq!(
        lacks(FormId::Lk, &json!({"identity": "a%x", "name": "\0", "ttl": "until 2027-01-01T00:00:00Z"})),
        [
            "a % in the identity is taken for a template",
            "the lifetime counts from when the line is run",
            "name is left out: a command line cannot carry a NUL",
        ]
    );
}

#[test]
fn roomkeys_line_says_everything_but_a_nul_outside_the_grants() {
    let odd = json!({"identity": "a", "metadata": "\0", "custom": {"a": null}, "video": {"later": 1}});
    let made_of = made(FormId::Roomkey, &draft(&odd));
    assert_eq!(made_of.lacks, [""; 0]);
    assert_eq!(
        made_of.text.expose(),
        r#"roomkey token create --identity a --valid-for 1h --grant '{"metadata":"\u0000","video":{"later":1},"custom":{"a":null}}'"#
    );
    assert_eq!(
        lacks(FormId::Roomkey, &json!({"identity": "\0"})),
        ["the identity is left out: a command line cannot carry a NUL"]
    );
}

#[test]
fn what_an_sdk_cannot_say_is_told_and_stands_in_a_comment() {
    let incomplete = json!({"video": {"roomJoin": true}});
    let odd = json!({
        "identity": "a", "kindDetails": ["cloud_agent"], "roomPreset": "p", "custom": 9_007_199_254_740_993_u64,
        "__proto__": "x",
        "video": {
            "roomJoin": true, "room": "r", "canSubscribeMetrics": true, "canManageAgentSession": false, "later": 1,
            "canPublishSources": ["camera", "webcam"]
        },
        "roomConfig": {"agents": [{"agentName": "a", "later": 1}]}
    });
    for (id, json, told) in [
        (FormId::Python, &incomplete, &["the SDK refuses to sign a join without an identity and a room"][..]),
        (FormId::Python, &odd, &[]),
        (FormId::Node, &incomplete, &["the SDK refuses to sign a join without an identity"]),
        (
            FormId::Node,
            &odd,
            &[
                "custom has a number that JavaScript rounds",
                "__proto__ is left out: in JavaScript it is no name",
                "the SDK refuses the source webcam",
            ],
        ),
        (FormId::Go, &incomplete, &[]),
        (
            FormId::Go,
            &odd,
            &[
                "custom, __proto__, video.later and roomConfig.agents.0.later are left out: livekit/protocol knows no such claim",
            ],
        ),
        (FormId::Go, &json!({"ttl": "0s"}), &["a lifetime of 0 is taken for 6 h"]),
        (FormId::Rust, &incomplete, &["the SDK refuses to sign a join without an identity and a room"]),
        (
            FormId::Rust,
            &odd,
            &[
                "kindDetails, roomPreset, video.canSubscribeMetrics, video.canManageAgentSession, custom, __proto__, video.later and \
               roomConfig.agents.0.later are left out: livekit-api has no setter",
            ],
        ),
    ] {
        let made = made(id, &draft(json));
        assert_eq!(made.lacks, told, "{id:?}");
        for lack in told {
            assert!(made.text.expose().contains(&format!(" Not as in the draft: {lack}.\n")), "{id:?}");
        }
    }
}

#[test]
fn a_name_in_a_comment_stays_in_the_comment() {
    let hostile = json!({"x\nos.Exit(1) //": 1});
    let go = made(FormId::Go, &draft(&hostile));
    let broken: Vec<&str> = go.text.expose().lines().filter(|line| line.contains("os.Exit")).collect();
    assert!(broken.iter().all(|line| line.starts_with("// ")) && broken.len() == 1, "{broken:?}");
}
