//! `N`: many participants.

use std::sync::Arc;

use super::*;
use crate::claims::placeholders::Chance;
use crate::claims::policy::ProjectPolicy;
use crate::token::Signer;
use crate::tui::message::many::{Made, Many, One, Unfit};
use crate::tui::overlay::many::{MOST, Part, Table};

/// Does the worker's work.
fn made(many: &Many) -> Made {
    let mut signer = Signer::new(&ApiSecret::dev()).unwrap();
    let mut tokens = Vec::new();
    let odd = many
        .judge(
            &ApiKey::parse("APIfakeAcme").unwrap().value,
            &ProjectPolicy::default(),
            &mut Chance::of(1),
            |n, claims| {
                let token = signer.sign(&claims).unwrap();
                tokens.push(One::of(n, &claims, token));
                Ok::<_, Unfit>(())
            },
        )
        .unwrap();
    Made { tokens, odd }
}

fn order(effects: &[Effect]) -> (Ticket, Many) {
    let [Effect::Store(StoreJob::SignMany { ticket, project, many })] = effects else {
        panic!("{effects:?}")
    };
    assert_eq!(project.as_str(), "acme");
    (*ticket, (**many).clone())
}

fn ready() -> Model {
    let mut model = program(&["acme"]);
    fill(&mut model);
    model
}

/// A program with the table of so many.
fn with_table(count: &str) -> Model {
    let mut model = ready();
    let effects = press(&mut model, &format!("N<c-u>{count}<c-s>"));
    let (ticket, many) = order(&effects);
    let result = Ok(Arc::new(made(&many)));
    assert_eq!(update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result })), []);
    model
}

fn shown(model: &Model) -> &Table {
    match model.overlays.last() {
        Some(Overlay::Table(table)) => table,
        other => panic!("{other:?}"),
    }
}

fn copied(effects: &[Effect]) -> (Ticket, String) {
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, text, hold })] = effects else {
        panic!("{effects:?}")
    };
    assert_eq!(*hold, Some(Duration::from_secs(45)));
    (*ticket, text.expose().to_owned())
}

#[test]
fn the_draft_is_asked_for_so_many_times_and_nothing_of_it_changes() {
    let mut model = ready();
    let before = model.compose.draft.clone();
    assert_eq!(press(&mut model, "N<c-u>50<enter><enter>"), []);
    assert!(matches!(&model.overlays[..], [Overlay::HowMany(form)] if form.at == Part::Name as usize));
    let (_, many) = order(&press(&mut model, "Load {n}<enter>"));
    assert_eq!((many.count, many.draft.identity.as_str()), (50, "alice-{n}"));
    assert_eq!(many.draft.grants.name, "Load {n}");
    assert_eq!(many.draft.grants.video.room, "demo");
    assert_eq!(model.compose.draft, before);
    // Enter once more asks for nothing more.
    assert_eq!(press(&mut model, "<enter>"), []);
}

#[test]
fn what_the_first_lacks_is_said_before_the_store_is_asked() {
    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "N<c-s>"), []);
    let Some(Overlay::HowMany(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    let (what, cure) = form.refused.clone().unwrap();
    assert!(what.contains("room") && !cure.is_empty(), "{what}");
    assert!(!form.signing);
    // Typing goes on.
    press(&mut model, "<bs>");
    let Some(Overlay::HowMany(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.refused, None);
}

#[test]
fn production_asks_for_its_name_before_many_administrative_tokens() {
    let mut model = ready();
    let policy = ProjectPolicy { production: true, ..ProjectPolicy::default() };
    let mut policies = crate::settings::policies::Policies::none();
    policies.set(&model.current.name, policy);
    update(&mut model, Msg::Reply(Reply::Policies(Ok(policies))));
    // Those that only join are not asked about.
    order(&press(&mut model, "N<c-s>"));
    press(&mut model, "<esc>");
    std::sync::Arc::make_mut(&mut model.compose.draft).grants.video.room_admin = true;
    assert_eq!(press(&mut model, "N<c-u>3<c-s>"), []);
    assert!(matches!(&model.overlays[..], [Overlay::HowMany(form), Overlay::Production(_)] if !form.signing));
    assert_eq!(press(&mut model, "acm<enter>"), []);
    let (_, many) = order(&press(&mut model, "e<enter>"));
    assert_eq!(many.count, 3);
    assert!(matches!(&model.overlays[..], [Overlay::HowMany(form)] if form.signing));
}

#[test]
fn a_policy_is_over_many_as_over_one() {
    let mut model = ready();
    let policy = ProjectPolicy { max_ttl: Some(600), ..ProjectPolicy::default() };
    let mut policies = crate::settings::policies::Policies::none();
    policies.set(&model.current.name, policy);
    update(&mut model, Msg::Reply(Reply::Policies(Ok(policies))));
    assert_eq!(press(&mut model, "N<c-s>"), []);
    let Some(Overlay::HowMany(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert!(form.refused.as_ref().unwrap().0.contains("10 min"), "{:?}", form.refused);
    update(&mut model, Msg::Reply(Reply::Policies(Err(failure(Cure::Words)))));
    assert_eq!(press(&mut model, "<c-s>"), []);
    let Some(Overlay::HowMany(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.refused, Some(("it failed".into(), "try again".into())));
}

#[test]
fn a_store_that_fails_leaves_the_question_to_be_answered_again() {
    let mut model = ready();
    let (ticket, _) = order(&press(&mut model, "N<c-s>"));
    let result = Err(failure(Cure::Words));
    update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result }));
    let Some(Overlay::HowMany(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.refused, Some(("it failed".into(), "try again".into())));
    let (ticket, _) = order(&press(&mut model, "<c-s>"));
    let result = Err(failure(Cure::Passphrase { new: false }));
    update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result }));
    assert!(matches!(&model.overlays[..], [Overlay::HowMany(form), Overlay::Passphrase(_)] if !form.signing));
}

#[test]
fn escape_calls_it_off_and_what_still_comes_is_dropped() {
    let mut model = ready();
    let (ticket, many) = order(&press(&mut model, "N<c-s>"));
    assert_eq!(press(&mut model, "<esc>"), [Effect::Store(StoreJob::Cancel)]);
    let result = Ok(Arc::new(made(&many)));
    assert_eq!(update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result })), []);
    assert_eq!(model.overlays, []);
}

#[test]
fn the_table_copies_the_one_under_the_cursor_or_all_of_them() {
    let mut model = with_table("3");
    assert_eq!(toast(&model), "signed 3 tokens");
    let (_, text) = copied(&press(&mut model, "jy"));
    assert_eq!(text, shown(&model).made.tokens[1].token.expose());
    for (key, word, lines) in [("a", "jsonl", 3), ("Y", "csv", 4), ("a", "env", 3), ("a", "token", 3)] {
        let (ticket, text) = copied(&press(&mut model, &format!("{key}{word}<enter>")));
        assert_eq!(text.lines().count(), lines, "{word}");
        for one in &shown(&model).made.tokens {
            assert!(text.contains(one.token.expose()), "{word}");
        }
        let result = Ok(Copied {
            route: Route::X11,
            verified: true,
            clears_after: None,
            write: None,
            fallback_reason: None,
        });
        update(&mut model, Msg::Reply(Reply::Copied { ticket, result }));
        assert!(toast(&model).contains(&format!("3 tokens as {word}")), "{}", toast(&model));
    }
    let (ticket, text) = copied(&press(&mut model, "y"));
    let result = Err(failure(Cure::Words));
    update(&mut model, Msg::Reply(Reply::Copied { ticket, result }));
    assert!(matches!(model.overlays.last(), Some(Overlay::Text(shown)) if shown.expose() == text));
}

#[test]
fn the_filter_finds_by_number_identity_and_name_and_leaves_the_cursor_there() {
    let mut model = with_table("120");
    press(&mut model, "/alice-11");
    // 11, 110 to 119.
    assert_eq!(shown(&model).shown(), 11);
    press(&mut model, "<down><down>");
    assert_eq!(shown(&model).selected().unwrap().identity, "alice-111");
    press(&mut model, "<enter>");
    assert_eq!((shown(&model).shown(), shown(&model).selected().unwrap().n), (120, 111));
    press(&mut model, "/zebra<enter>");
    assert_eq!(shown(&model).shown(), 0);
    press(&mut model, "<esc>G");
    assert_eq!(shown(&model).selected().unwrap().n, 120);
    press(&mut model, "<esc>");
    assert_eq!(model.overlays, []);
    assert_eq!(toast(&model), "closed the table");
}

#[test]
fn no_token_is_on_the_screen_until_it_is_revealed_and_none_in_what_the_model_prints() {
    use crate::tui::painter::Painter;
    use ratatui::backend::TestBackend;
    let drawn = |model: &Model| {
        let mut terminal = Painter::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
        terminal.draw(|frame| crate::tui::view::view(model, frame)).unwrap();
        terminal.backend().to_string()
    };
    let mut model = with_table("3");
    assert!(!drawn(&model).contains("eyJ"));
    assert!(!format!("{model:?}").contains("eyJ"));
    press(&mut model, "v");
    assert!(drawn(&model).contains("eyJ"));
    press(&mut model, "v");
    assert!(!drawn(&model).contains("eyJ"));
}

#[test]
fn what_is_odd_is_said_and_what_has_been_issued_is_remembered() {
    let mut model = with_table("3");
    assert_eq!(shown(&model).said, <[String; 0]>::default());
    assert!(model.issued.contains_key(&("demo".into(), "alice-3".into())));
    press(&mut model, "<esc>");
    let (ticket, many) = order(&press(&mut model, "N<c-u>2<c-s>"));
    let mut twice = made(&many);
    let first = twice.tokens[0].clone();
    twice.tokens.push(One { n: 3, ..first });
    model.not_recorded = Some(failure(Cure::Words));
    update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result: Ok(Arc::new(twice)) }));
    let said = shown(&model).said.join("\n");
    assert!(said.contains("token 3 is for an identity that has one already"), "{said}");
    assert!(said.contains("3 of them have a token already that still works"), "{said}");
    assert_eq!(toast(&model), "signed 3 tokens, but not in the ledger: it failed");
}

#[test]
fn ten_thousand_are_the_most() {
    let mut model = ready();
    assert_eq!(press(&mut model, &format!("N<c-u>{}<c-s>", MOST + 1)), []);
    assert!(matches!(model.overlays.last(), Some(Overlay::HowMany(form)) if form.at == 0));
    let (_, many) = order(&press(&mut model, &format!("<c-u>{MOST}<c-s>")));
    assert_eq!(many.count, MOST);
}
