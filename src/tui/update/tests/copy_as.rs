//! `Y`: the token in another form.

use super::*;
use crate::token::forms::FORMS;

/// Takes a form by typing its name.
fn take(model: &mut Model, name: &str) -> Vec<Effect> {
    press(model, &format!("Y{name}<enter>"))
}

/// Answers for the store.
fn signed(model: &mut Model, effects: &[Effect]) -> Vec<Effect> {
    let [Effect::Store(StoreJob::Sign { ticket, claims, .. })] = effects else { panic!("{effects:?}") };
    let token = token::sign(claims, &ApiSecret::dev()).unwrap();
    update(model, Msg::Reply(Reply::Signed { ticket: *ticket, result: Ok(token) }))
}

/// The order to the clipboard: the text, and whether it goes after a while.
fn order(effects: &[Effect]) -> (Ticket, String, Option<Duration>) {
    let [Effect::Clipboard(ClipboardJob::Copy { ticket, text, hold })] = effects else {
        panic!("{effects:?}")
    };
    (*ticket, text.expose().to_owned(), *hold)
}

fn copied(model: &mut Model, ticket: Ticket, hold: Option<Duration>) {
    let result = Ok(Copied {
        route: Route::X11,
        verified: true,
        clears_after: hold,
        write: None,
        fallback_reason: None,
    });
    assert_eq!(update(model, Msg::Reply(Reply::Copied { ticket, result })), []);
}

fn hint(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.hint.as_str())
}

fn ready() -> Model {
    let mut model = program(&["acme"]);
    fill(&mut model);
    model
}

#[test]
fn the_picker_has_every_form_and_typing_finds_one() {
    let mut model = ready();
    assert_eq!(press(&mut model, "Y"), []);
    let Some(Overlay::Pick(picker)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(picker.hits().len(), FORMS.len());
    press(&mut model, "pyth");
    let Some(Overlay::Pick(picker)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(picker.taken().map(|index| FORMS[index].word), Some("python"));
    press(&mut model, "<esc>");
    assert_eq!(model.overlays, []);
}

#[test]
fn every_form_is_found_by_its_name_and_signed_exactly_if_it_holds_the_token() {
    for form in FORMS {
        let mut model = ready();
        let effects = take(&mut model, form.name);
        let effects = if form.needs_signature() { signed(&mut model, &effects) } else { effects };
        if form.word == "qr" {
            assert!(matches!(model.overlays[..], [Overlay::Qr { .. }]) && effects.is_empty());
            continue;
        }
        let (_, text, hold) = order(&effects);
        assert_eq!(hold.is_some(), form.needs_signature(), "{}", form.word);
        let token = model.compose.signed.as_ref().map(|signed| signed.token.expose());
        assert_eq!(token.is_some_and(|token| text.contains(token)), form.needs_signature(), "{}", form.word);
        assert_eq!(model.overlays, []);
    }
}

#[test]
fn a_token_in_a_curl_line_is_copied_as_the_token_is() {
    let mut model = ready();
    let effects = take(&mut model, "curl");
    let (ticket, text, hold) = order(&signed(&mut model, &effects));
    assert!(text.starts_with("curl -i -H 'Authorization: Bearer eyJ"), "{text}");
    assert!(text.ends_with(" https://acme.livekit.cloud/rtc/validate"), "{text}");
    assert_eq!(hold, Some(Duration::from_secs(45)));
    copied(&mut model, ticket, hold);
    assert_eq!((toast(&model), hint(&model)), ("copied as curl (X11, checked)", "clears in 45 s"));
    assert_eq!(model.clipboard.and_then(|copy| copy.until), Some(NOW.plus(45)));
    assert!(model.compose.signed.is_some());
    assert!(model.issued.contains_key(&("demo".to_owned(), "alice".to_owned())));
}

#[test]
fn a_program_holds_nothing_and_stays_on_the_clipboard() {
    let mut model = ready();
    let (ticket, text, hold) = order(&take(&mut model, "node"));
    assert!(text.contains("process.env.LIVEKIT_API_SECRET") && text.contains("identity: 'alice'"), "{text}");
    assert_eq!(hold, None);
    copied(&mut model, ticket, hold);
    assert_eq!(toast(&model), "copied as Node (X11, checked)");
    assert_eq!(hint(&model), "it stays there until something else is copied");
    assert_eq!((model.clipboard, model.issued.len()), (None, 0));
}

#[test]
fn a_link_says_what_it_is() {
    let mut model = ready();
    let effects = take(&mut model, "join link");
    let (ticket, text, hold) = order(&signed(&mut model, &effects));
    assert!(
        text.starts_with(
            "https://meet.livekit.io/custom?liveKitUrl=wss%3A%2F%2Facme.livekit.cloud&token=eyJ"
        )
    );
    copied(&mut model, ticket, hold);
    assert_eq!(hint(&model), "whoever has the link has the token");
}

#[test]
fn what_is_left_out_is_said() {
    let mut model = ready();
    press(&mut model, "/roomPreset<enter><enter>big<enter>");
    let (ticket, _, hold) = order(&take(&mut model, "Rust"));
    copied(&mut model, ticket, hold);
    assert_eq!(hint(&model), "roomPreset is left out: livekit-api has no setter");
}

#[test]
fn roomkeys_line_names_the_project_in_use() {
    let mut model = ready();
    let (_, text, _) = order(&take(&mut model, "roomkey"));
    assert_eq!(
        text,
        "roomkey token create --project acme --identity alice --room demo --valid-for 1h --join"
    );
}

#[test]
fn what_cannot_be_signed_is_copied_in_no_form() {
    for form in ["curl", "Python"] {
        let mut model = program(&["acme"]);
        assert_eq!(take(&mut model, form), []);
        assert_eq!(model.compose.editing.as_ref().unwrap().path, "sub");
        assert!(toast(&model).contains("identity"));
    }
}

#[test]
fn without_a_clipboard_the_form_is_shown_to_be_selected() {
    let mut model = ready();
    let (ticket, text, _) = order(&take(&mut model, "Go"));
    update(&mut model, Msg::Reply(Reply::Copied { ticket, result: Err(failure(Cure::Words)) }));
    assert_eq!(model.overlays, [Overlay::Text(Sensitive::new(text))]);
    assert_eq!(toast(&model), "it failed");
    press(&mut model, "<esc>");
    assert_eq!(model.overlays, []);
}

#[test]
fn a_store_that_does_not_sign_says_why() {
    let mut model = ready();
    let effects = take(&mut model, "JSON");
    let [Effect::Store(StoreJob::Sign { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let reply = Reply::Signed { ticket, result: Err(failure(Cure::Words)) };
    assert_eq!(update(&mut model, Msg::Reply(reply)), []);
    assert_eq!((toast(&model), &model.compose.signed), ("it failed", &None));
}

#[test]
fn a_link_goes_to_the_server_that_was_shown_when_it_was_asked_for() {
    let mut model = ready();
    let effects = take(&mut model, "join link");
    model.current = Listing::local_dev();
    let (_, text, _) = order(&signed(&mut model, &effects));
    assert!(text.contains("acme.livekit.cloud"), "{text}");
}

#[test]
fn a_qr_code_is_drawn_and_says_if_a_phone_cannot_use_it() {
    let mut model = ready();
    let effects = take(&mut model, "QR");
    assert_eq!(signed(&mut model, &effects), []);
    let [Overlay::Qr { code: Ok(_), link: true, unreachable: false }] = &model.overlays[..] else {
        panic!("{:?}", model.overlays)
    };
    press(&mut model, "<esc>");
    assert_eq!(model.overlays, []);
    model.current = Listing::local_dev();
    let effects = take(&mut model, "QR");
    signed(&mut model, &effects);
    assert!(matches!(model.overlays[..], [Overlay::Qr { link: true, unreachable: true, .. }]));
}

#[test]
fn more_than_a_qr_code_holds_is_said_in_its_place() {
    let mut model = ready();
    std::sync::Arc::make_mut(&mut model.compose.draft).grants.metadata = "m".repeat(4_000);
    let effects = take(&mut model, "QR");
    signed(&mut model, &effects);
    let [Overlay::Qr { code: Err(error), .. }] = &model.overlays[..] else { panic!("{:?}", model.overlays) };
    assert!(error.to_string().contains("too many for a QR code"));
}

#[test]
fn no_form_of_a_token_reaches_a_debug() {
    for form in ["QR", "curl"] {
        let mut model = ready();
        let effects = take(&mut model, form);
        let effects = signed(&mut model, &effects);
        let token = model.compose.signed.as_ref().unwrap().token.expose().to_owned();
        assert!(!format!("{model:?}{effects:?}").contains(&token));
        if let [Effect::Clipboard(ClipboardJob::Copy { ticket, .. })] = effects[..] {
            update(&mut model, Msg::Reply(Reply::Copied { ticket, result: Err(failure(Cure::Words)) }));
            assert!(matches!(model.overlays.last(), Some(Overlay::Text(_))));
            assert!(!format!("{model:?}").contains(&token));
        }
    }
}
