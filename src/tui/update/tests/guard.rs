//! A project's policy and its second key, and the question that production asks.

use super::*;
use crate::claims::policy::{Colour, ProjectPolicy};
use crate::project::OldKey;
use crate::settings::policies::Policies;
use crate::tui::model::Change;

fn production() -> ProjectPolicy {
    ProjectPolicy { production: true, max_ttl: Some(7_200), ..ProjectPolicy::default() }
}

/// A program whose first project has this policy.
fn guarded(policy: ProjectPolicy) -> Model {
    let mut model = program(&["acme", "beta"]);
    let mut policies = Policies::default();
    policies.set(&ProjectName::parse("acme").unwrap(), policy);
    update(&mut model, Msg::Reply(Reply::Policies(Ok(policies))));
    model
}

fn admin(model: &mut Model) {
    model.compose.change(None, |draft| {
        draft.identity = "a".into();
        draft.grants.video.room = "r".into();
        draft.grants.video.room_admin = true;
    });
}

#[test]
fn an_administrative_token_of_production_is_signed_once_the_name_was_typed() {
    let mut model = guarded(production());
    admin(&mut model);
    assert_eq!(press(&mut model, "y"), []);
    assert!(matches!(model.overlays[..], [Overlay::Production(_)]));
    // Whoever presses y by habit, or another project's name, signs nothing.
    assert_eq!(press(&mut model, "y<enter>"), []);
    assert!(matches!(&model.overlays[..], [Overlay::Production(asked)] if asked.wrong));
    assert_eq!(press(&mut model, "<bs>acm<enter>"), []);
    let effects = press(&mut model, "e<enter>");
    let [Effect::Store(StoreJob::Sign { project, claims, .. })] = &effects[..] else { panic!("{effects:?}") };
    assert!(project.as_str() == "acme" && claims.grants.video.room_admin && model.overlays.is_empty());

    press(&mut model, "y<esc>");
    assert!(model.overlays.is_empty() && model.toast.as_ref().unwrap().text == "nothing was signed");
    press(&mut model, "Y<enter>");
    assert!(matches!(model.overlays[..], [Overlay::Production(_)]), "copying as anything asks too");
}

#[test]
fn another_project_and_a_token_without_power_are_signed_unasked() {
    let mut model = guarded(production());
    model.compose.change(None, |draft| {
        draft.identity = "a".into();
        draft.grants.video.room = "r".into();
    });
    assert!(matches!(press(&mut model, "y")[..], [Effect::Store(StoreJob::Sign { .. })]));
    admin(&mut model);
    model.current = listing("beta");
    assert!(matches!(press(&mut model, "y")[..], [Effect::Store(StoreJob::Sign { .. })]));
}

#[test]
fn switching_the_project_switches_the_policy_and_its_problems() {
    let mut model = guarded(ProjectPolicy { max_ttl: Some(60), ..ProjectPolicy::default() });
    let has = |model: &Model| {
        model.compose.shown.preview.problems.iter().filter(|p| p.rule.id == "policy-ttl").count()
    };
    model.refresh();
    assert_eq!(has(&model), 1);
    model.refresh();
    assert_eq!(has(&model), 1, "each time only once");
    model.current = listing("beta");
    model.refresh();
    assert_eq!(has(&model), 0);
}

#[test]
fn the_policy_is_changed_in_a_form_that_says_what_is_wrong() {
    let mut model = guarded(production());
    press(&mut model, "4P");
    press(&mut model, "eu<enter> <enter>");
    let Some(Overlay::Policy(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.at, crate::tui::overlay::guard::PolicyPart::Life);
    press(&mut model, "<c-u>soon<enter>roomJoin<enter>");
    assert_eq!(press(&mut model, " <enter>"), [], "neither the life nor the grant can be read");
    press(&mut model, "<c-u>1h<enter><c-u>video, sip<enter>");
    let effects = press(&mut model, "<enter>");
    let [Effect::Store(StoreJob::SetPolicy { ticket, name, policy })] = &effects[..] else {
        panic!("{effects:?}")
    };
    let allow: Vec<&str> = policy.allow.as_ref().unwrap().iter().map(|word| word.as_str()).collect();
    assert_eq!(
        (name.as_str(), policy.badge().as_deref(), policy.colour),
        ("acme", Some("eu"), Some(Colour::Black))
    );
    assert_eq!((policy.max_ttl, &allow[..], policy.production), (Some(3_600), &["video", "sip"][..], false));

    // What the store says against it stands in the form; what it takes closes it.
    let ticket = *ticket;
    answer(&mut model, ticket, Err(failure(Cure::Words)));
    assert!(
        matches!(model.overlays.last(), Some(Overlay::Policy(form)) if form.refused.is_some() && !form.saving)
    );
    let effects = press(&mut model, "<c-s>");
    let [Effect::Store(StoreJob::SetPolicy { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    assert!(
        model
            .pending
            .iter()
            .any(|p| matches!(p.what, Waiting::Change(Change::Policy, _)) && p.what.holds_the_door())
    );
    answer(&mut model, ticket, Ok(contents(&["acme", "beta"])));
    assert!(model.overlays.is_empty() && model.toast.as_ref().unwrap().text == "changed the policy of acme");
}

#[test]
fn a_broken_file_is_said_where_the_policy_would_be_changed() {
    let mut model = program(&["acme"]);
    update(&mut model, Msg::Reply(Reply::Policies(Err(failure(Cure::Words)))));
    press(&mut model, "4P");
    assert!(model.overlays.is_empty() && model.toast.as_ref().unwrap().text == "it failed");
}

fn rotated() -> Listing {
    let old = OldKey { key: listing("acme").key, since: NOW.plus(-60) };
    Listing { key: ApiKey::parse("APInew").unwrap().value, old: Some(old), ..listing("acme") }
}

#[test]
fn another_key_is_typed_or_made_and_the_project_signs_with_it_at_once() {
    let mut model = program(&["acme"]);
    press(&mut model, "4K");
    let effects = press(&mut model, "<enter><enter>");
    let [Effect::Store(StoreJob::Rotate { ticket, pair: None, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let projects = vec![rotated()];
    let kept = Contents { backend: Backend::Keyring, provider: None, default: None, projects };
    answer(&mut model, ticket, Ok(kept));
    assert!(model.overlays.is_empty() && model.current == rotated());
    assert_eq!(model.toast.as_ref().unwrap().text, "APInew signs for acme now");

    // One old key at a time.
    press(&mut model, "K");
    assert!(model.overlays.is_empty() && model.toast.as_ref().unwrap().text == "APIfakeAcme is kept already");
}

#[test]
fn a_key_without_a_secret_or_the_present_one_is_not_taken_and_the_secret_is_seen_nowhere() {
    let mut model = program(&["acme"]);
    press(&mut model, "4KAPInew<enter><enter>");
    assert!(
        matches!(model.overlays.last(), Some(Overlay::Rotate(form)) if form.refused.is_some() && form.at_secret)
    );
    press(&mut model, "fake-canary-secret<c-s>");
    assert!(!format!("{model:?}").contains("canary"));
    let Some(Waiting::Change(Change::Rotate, _)) = model.pending.last().map(|p| p.what.clone()) else {
        panic!()
    };

    let mut model = program(&["acme"]);
    assert_eq!(press(&mut model, "4KAPIfakeAcme<enter>fake-secret<enter>"), []);
    let Some(Overlay::Rotate(form)) = model.overlays.last() else { panic!("{:?}", model.overlays) };
    assert_eq!(form.refused.as_ref().unwrap().0, "APIfakeAcme signs already");
}

#[test]
fn forgetting_the_old_key_asks_first_and_looks_at_what_still_goes_by_it() {
    let mut model = program(&["acme"]);
    press(&mut model, "4F");
    assert!(model.overlays.is_empty() && model.toast.as_ref().unwrap().text == "it keeps no old key");
    model.projects.stored = vec![rotated()];
    let effects = press(&mut model, "F");
    assert!(matches!(effects[..], [Effect::Ledger(crate::tui::message::LedgerJob::Read)]), "{effects:?}");
    assert_eq!(press(&mut model, "<esc>"), []);
    press(&mut model, "F");
    let effects = press(&mut model, "y");
    let [Effect::Store(StoreJob::ForgetOld { ticket, ref name })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(name.as_str(), "acme");
    answer(&mut model, ticket, Ok(contents(&["acme"])));
    assert_eq!(model.toast.as_ref().unwrap().text, "forgot the old key of acme");
}

#[test]
fn the_built_in_project_has_a_policy_of_its_own_and_no_second_key() {
    let mut model = program(&["acme"]);
    press(&mut model, "4GK");
    assert!(model.overlays.is_empty());
    press(&mut model, "P");
    assert!(
        matches!(model.overlays.last(), Some(Overlay::Policy(form)) if form.name == ProjectName::local_dev())
    );
}
