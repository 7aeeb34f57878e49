//! Asking a server: from three screens, one question at a time, and never in anybody's way.

use super::*;
use crate::check::{About, CheckError, CheckReport, Expected, Question, Reading, Skew};
use crate::project::Project;
use crate::tui::asking::Answered;
use crate::tui::message::NetworkJob;

fn report(about: About, reading: Reading) -> CheckReport {
    let skew = Some(Skew { seconds: 0, uncertainty_ms: 1_000 });
    CheckReport { about, status: 200, words: "OK".into(), latency_ms: 12, skew, reading }
}

fn reply(model: &mut Model, ticket: Ticket, result: Result<CheckReport, CheckError>) -> Vec<Effect> {
    update(model, Msg::Reply(Reply::Asked { ticket, result }))
}

/// The one question among the effects.
#[track_caller]
fn asked(effects: &[Effect]) -> (Ticket, Question) {
    let [Effect::Network(NetworkJob::Ask { ticket, question })] = effects else { panic!("{effects:?}") };
    (*ticket, *question.clone())
}

/// Plays the store's worker, which makes the question.
#[track_caller]
fn prepare(model: &mut Model, effects: &[Effect]) -> (Ticket, Question) {
    let [Effect::Store(StoreJob::Question { ticket, project, claims, now })] = effects else {
        panic!("{effects:?}")
    };
    let listing = model.projects.rows().into_iter().find(|row| row.name == *project).unwrap();
    let project = Project::new(listing, ApiSecret::verbatim("fake-secret".into()));
    let question = match claims {
        None => Question::of_project(&project, *now).unwrap(),
        Some(claims) => {
            let token = token::sign(claims, &project.secret).unwrap().to_sensitive();
            Question::of_token(project.listing.url.clone(), token, Some(claims))
        }
    };
    let made = Reply::Prepared { ticket: *ticket, result: Ok(Box::new(question)) };
    let effects = update(model, Msg::Reply(made));
    asked(&effects)
}

/// A program with a token of acme on the inspector's screen, verified with its secret or not.
fn inspecting(verified: bool) -> Model {
    let mut model = program(&["acme", "other"]);
    let mut draft = crate::claims::draft::Draft { identity: "alice".into(), ..Default::default() };
    draft.lay_grant(r#"{"roomJoin": true, "room": "demo"}"#).unwrap();
    let claims = draft.claims(&listing("acme").key, NOW);
    let secret = ApiSecret::verbatim("fake-secret".into());
    let token = token::sign(&claims, &secret).unwrap();
    let effects = update(&mut model, Msg::Paste(Pasted::new(token.expose().into())));
    let [Effect::Store(StoreJob::Verify { ticket, ref token, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let project = Project::new(listing("acme"), secret);
    let compared = token::inspect::inspect(token.expose()).unwrap().compare((&project).into());
    let result = Ok(verified.then_some(compared));
    update(&mut model, Msg::Reply(Reply::Verified { ticket, result, near_miss: None }));
    model
}

fn shown(model: &Model) -> &Answered {
    model.inspect.token.as_ref().unwrap().answer.as_ref().unwrap()
}

#[test]
fn the_token_on_the_screen_is_asked_of_its_projects_server_and_the_answer_stands_beside_the_verdict() {
    let mut model = inspecting(true);
    let (ticket, question) = asked(&press(&mut model, "c"));
    assert_eq!((question.about.clone(), question.url.ws()), (About::Join, "wss://acme.livekit.cloud".into()));
    assert!(!format!("{model:?}{question:?}").contains("eyJ"));
    assert_eq!(reply(&mut model, ticket, Ok(report(About::Join, Reading::Accepted))), []);
    assert_eq!((shown(&model).accepted(), shown(&model).expected), (Some(true), Some(Expected::Yes)));
    assert_eq!(shown(&model).at, NOW);
    assert!(model.overlays.is_empty() && model.toast.is_none() && model.pending.is_empty());
}

#[test]
fn an_answer_that_was_not_expected_is_known_as_one() {
    let mut model = inspecting(true);
    let (ticket, _) = asked(&press(&mut model, "c"));
    reply(&mut model, ticket, Ok(report(About::Join, Reading::WrongSecret)));
    let answer = shown(&model);
    let surprise = answer.result.as_ref().unwrap().surprise(answer.expected.unwrap());
    assert!(surprise.unwrap().contains("expected a yes"), "{surprise:?}");
}

#[test]
fn a_token_is_shown_to_no_server_but_its_projects() {
    let mut model = inspecting(false);
    assert_eq!(press(&mut model, "c"), []);
    assert!(toast(&model).contains("no server to ask"), "{}", toast(&model));
    // Picking one says whose it is to be.
    let effects = press(&mut model, "p<enter>");
    assert!(matches!(effects[..], [Effect::Store(StoreJob::Verify { .. })]), "{effects:?}");
    asked(&press(&mut model, "c"));
}

#[test]
fn a_project_is_checked_without_its_secret_passing_through() {
    let mut model = program(&["acme", "other"]);
    press(&mut model, "4");
    let effects = press(&mut model, "c");
    let (ticket, question) = prepare(&mut model, &effects);
    assert_eq!(question.about, About::Key);
    assert!(!format!("{effects:?}{model:?}{question:?}").contains("fake-secret"));
    reply(&mut model, ticket, Ok(report(About::Key, Reading::UnknownKey)));
    let name = ProjectName::parse("acme").unwrap();
    assert_eq!(model.projects.answers[&name].accepted(), Some(false));
    assert!(model.overlays.is_empty());
}

#[test]
fn a_project_that_was_changed_or_removed_has_no_answer_any_more() {
    let mut model = program(&["acme", "other"]);
    press(&mut model, "4");
    let effects = press(&mut model, "c");
    let (ticket, _) = prepare(&mut model, &effects);
    reply(&mut model, ticket, Ok(report(About::Key, Reading::Accepted)));
    assert_eq!(model.projects.answers.len(), 1);
    // And asked again while it is removed.
    let effects = press(&mut model, "c");
    let (late, _) = prepare(&mut model, &effects);
    let effects = press(&mut model, "dy");
    let [Effect::Store(StoreJob::Remove { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let effects = answer(&mut model, ticket, Ok(contents(&["other"])));
    assert_eq!(effects, [Effect::Network(NetworkJob::Cancel)]);
    reply(&mut model, late, Ok(report(About::Key, Reading::Accepted)));
    assert!(model.projects.answers.is_empty());
}

#[test]
fn a_draft_is_signed_and_asked_about_but_not_copied() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "c");
    let (ticket, question) = prepare(&mut model, &effects);
    assert_eq!(question.about, About::Join);
    assert!(model.compose.signed.is_none() && model.issued.is_empty());
    assert_eq!(reply(&mut model, ticket, Ok(report(About::Join, Reading::Accepted))), []);
    assert!(matches!(&model.overlays[..], [Overlay::Answer(answered)] if answered.accepted() == Some(true)));
    press(&mut model, "<esc>");
    assert!(model.overlays.is_empty());
}

#[test]
fn a_draft_with_an_error_says_so_before_any_server_is_asked() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "c"), []);
    assert!(model.pending.is_empty());
    assert!(toast(&model).contains("identity"), "{}", toast(&model));
    assert!(model.compose.editing.is_some());
}

#[test]
fn escape_calls_a_question_off_at_once_and_its_answer_is_dropped() {
    let mut model = inspecting(true);
    let (ticket, _) = asked(&press(&mut model, "c"));
    assert_eq!(press(&mut model, "<esc>"), [Effect::Network(NetworkJob::Cancel)]);
    assert_eq!((toast(&model), model.pending.len()), ("cancelled", 0));
    reply(&mut model, ticket, Ok(report(About::Join, Reading::Accepted)));
    assert!(model.inspect.token.as_ref().unwrap().answer.is_none());
}

#[test]
fn escape_while_the_store_makes_the_question_reaches_the_store() {
    let mut model = program(&["acme"]);
    press(&mut model, "4c");
    assert_eq!(press(&mut model, "<esc>"), [Effect::Store(StoreJob::Cancel)]);
    assert!(model.pending.is_empty());
}

#[test]
fn asking_again_ends_the_question_before_and_only_the_last_answer_counts() {
    let mut model = inspecting(true);
    let (first, _) = asked(&press(&mut model, "c"));
    let effects = press(&mut model, "c");
    let [Effect::Network(NetworkJob::Cancel), ref again] = effects[..] else { panic!("{effects:?}") };
    let (second, _) = asked(std::slice::from_ref(again));
    reply(&mut model, first, Ok(report(About::Join, Reading::Expired)));
    assert!(model.inspect.token.as_ref().unwrap().answer.is_none());
    reply(&mut model, second, Ok(report(About::Join, Reading::Accepted)));
    assert_eq!(shown(&model).accepted(), Some(true));
}

#[test]
fn another_token_or_none_drops_the_answer_to_the_one_before() {
    for leave in ["x", "p<enter>"] {
        let mut model = inspecting(true);
        let (ticket, _) = asked(&press(&mut model, "c"));
        let effects = press(&mut model, leave);
        assert!(effects.contains(&Effect::Network(NetworkJob::Cancel)), "{leave}: {effects:?}");
        reply(&mut model, ticket, Ok(report(About::Join, Reading::Accepted)));
        assert!(model.inspect.token.as_ref().is_none_or(|token| token.answer.is_none()), "{leave}");
    }
}

#[test]
fn an_answer_opens_nothing_under_the_fingers_of_whoever_types() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "c");
    let (ticket, _) = prepare(&mut model, &effects);
    press(&mut model, "/name<enter><enter>Al");
    assert!(model.is_typing());
    reply(&mut model, ticket, Ok(report(About::Join, Reading::Accepted)));
    assert!(model.overlays.is_empty() && model.is_typing());
    assert_eq!(toast(&model), "acme.livekit.cloud: the server would let this token join");
    press(&mut model, "ice<enter>");
    assert_eq!(model.compose.draft.grants.name, "Alice");
}

#[test]
fn typing_and_leaving_wait_for_no_server() {
    let mut model = program(&["acme"]);
    fill(&mut model);
    let effects = press(&mut model, "c");
    prepare(&mut model, &effects);
    press(&mut model, "/name<enter><enter>Alice<enter>");
    assert_eq!(model.compose.draft.grants.name, "Alice");
    assert_eq!(press(&mut model, "q"), [Effect::Terminal(TerminalJob::Quit)]);
}

#[test]
fn where_there_is_no_room_beside_the_answer_lies_over_the_screen() {
    let mut model = inspecting(true);
    model.size = Size::new(40, 12);
    let (ticket, _) = asked(&press(&mut model, "c"));
    reply(&mut model, ticket, Err(CheckError::Refused { at: "acme:1".into() }));
    assert!(matches!(model.overlays[..], [Overlay::Answer(_)]));
    assert!(shown(&model).result.is_err());
    // And on another screen a word says where it is.
    press(&mut model, "<esc>");
    let (ticket, _) = asked(&press(&mut model, "c"));
    press(&mut model, "1");
    reply(&mut model, ticket, Ok(report(About::Join, Reading::Accepted)));
    assert!(model.overlays.is_empty());
    assert_eq!(model.toast.as_ref().unwrap().hint, "2 shows it all");
}

#[test]
fn an_answer_about_a_project_that_is_not_looked_at_says_where_it_is() {
    let mut model = program(&["acme", "other"]);
    press(&mut model, "4");
    let effects = press(&mut model, "c");
    let (ticket, _) = prepare(&mut model, &effects);
    press(&mut model, "j");
    reply(&mut model, ticket, Ok(report(About::Key, Reading::Accepted)));
    assert!(model.overlays.is_empty());
    assert_eq!(toast(&model), "acme.livekit.cloud: key and secret are right");
    assert_eq!(model.toast.as_ref().unwrap().hint, "the details of acme show it all");
}

#[test]
fn the_demo_asks_no_server_and_says_so() {
    for keys in ["4c", "2c"] {
        let mut model = inspecting(true);
        model.options.demo = true;
        assert_eq!(press(&mut model, keys), [], "{keys}");
        assert_eq!((toast(&model), model.pending.len()), ("the demo asks no server", 0));
    }
    let mut model = program(&["acme"]);
    model.options.demo = true;
    fill(&mut model);
    assert_eq!(press(&mut model, "c"), []);
    assert_eq!((toast(&model), model.pending.len()), ("the demo asks no server", 0));
}

#[test]
fn what_keeps_the_store_from_making_a_question_is_told() {
    let mut model = program(&["acme"]);
    let effects = press(&mut model, "4c");
    let [Effect::Store(StoreJob::Question { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let failed = Reply::Prepared { ticket, result: Err(failure(Cure::Words)) };
    assert_eq!(update(&mut model, Msg::Reply(failed)), []);
    assert_eq!(toast(&model), "it failed");
    assert_eq!(model.pending, []);
}
