//! `I`: projects from elsewhere.

use super::*;
use crate::import::{Change, Source};
use crate::tui::message::import::{Emptied, Imported, Offer, Plan, PlanRow, Wanted, Wish};
use crate::tui::overlay::import::{Import, Stage};

fn name(name: &str) -> ProjectName {
    ProjectName::parse(name).unwrap()
}

fn lk() -> Source {
    Source::Lk("/home/kim/.livekit/cli-config.yaml".into())
}

fn offers() -> Vec<Offer> {
    vec![
        Offer { source: lk(), names: vec![name("acme"), name("beta"), name("home")] },
        Offer { source: Source::Environment, names: vec![name("env")] },
    ]
}

fn look(effects: &[Effect]) -> Ticket {
    let [Effect::Store(StoreJob::Look { ticket })] = effects else { panic!("{effects:?}") };
    *ticket
}

fn plan_job(effects: &[Effect]) -> (Ticket, Wanted) {
    let [Effect::Store(StoreJob::Plan { ticket, wanted })] = effects else { panic!("{effects:?}") };
    (*ticket, wanted.clone())
}

fn row(name: &str, change: Change) -> PlanRow {
    PlanRow { listing: listing(name), is_default: name == "beta", change, notes: Vec::new() }
}

fn differs() -> Change {
    Change::Differs { url: true, key: false, secret: true }
}

fn plan() -> Plan {
    Plan {
        source: lk(),
        rows: vec![
            row("acme", differs()),
            row("beta", Change::New),
            row("home", differs()),
            row("same", Change::Same(name("same"))),
        ],
        left_out: vec![("bad".into(), "it has no API secret".into())],
    }
}

fn reply(model: &mut Model, reply: Reply) -> Vec<Effect> {
    update(model, Msg::Reply(reply))
}

/// A program that shows the plan.
fn with_plan() -> Model {
    let mut model = program(&["acme", "home", "same"]);
    let ticket = look(&press(&mut model, "4I"));
    reply(&mut model, Reply::Found { ticket, offers: offers() });
    let (ticket, wanted) = plan_job(&press(&mut model, "<enter>"));
    assert_eq!(wanted, Wanted::Place(lk()));
    reply(&mut model, Reply::Planned { ticket, result: Ok(plan()) });
    model
}

fn import(model: &Model) -> &Import {
    match model.overlays.last() {
        Some(Overlay::Import(import)) => import,
        other => panic!("{other:?}"),
    }
}

fn wishes(effects: &[Effect]) -> (Ticket, Vec<Wish>) {
    let [Effect::Store(StoreJob::Import { ticket, wishes })] = effects else { panic!("{effects:?}") };
    (*ticket, wishes.clone())
}

fn imported(names: &[&str]) -> Imported {
    Imported {
        contents: contents(&["acme", "beta", "home", "home 2", "same"]),
        saved: names.iter().map(|of| (name(of), false)).collect(),
        skipped: 1,
    }
}

#[test]
fn an_empty_store_looks_for_projects_and_the_welcome_offers_them() {
    let mut model = Model::new(options(), Size::new(120, 40), NOW, Zone::utc());
    let effects = start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let ticket = look(&answer(&mut model, ticket, Ok(contents(&[]))));
    reply(&mut model, Reply::Found { ticket, offers: offers() });
    assert_eq!(model.offers, Some(offers()));
    let again = look(&press(&mut model, "I"));
    // They are there at once, and looked for anew.
    assert!(matches!(&import(&model).stage, Stage::Places { offers: Some(places), .. } if places.len() == 2));
    reply(&mut model, Reply::Found { ticket: again, offers: Vec::new() });
    assert!(matches!(&import(&model).stage, Stage::Places { offers: Some(places), .. } if places.is_empty()));
    assert_eq!(press(&mut model, "<enter>"), []);
}

#[test]
fn without_a_store_there_is_nowhere_to_import_to() {
    let mut model = Model::new(options(), Size::new(120, 40), NOW, Zone::utc());
    let effects = start(&mut model);
    let [Effect::Store(StoreJob::Open { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    answer(&mut model, ticket, Err(failure(Cure::AnotherStore)));
    assert_eq!(press(&mut model, "I"), []);
    assert!(matches!(model.overlays.last(), Some(Overlay::NoStore(_))));
}

#[test]
fn each_conflict_is_asked_and_none_is_settled_by_itself() {
    let mut model = with_plan();
    // The cursor is on the first question.
    assert_eq!(press(&mut model, "<enter>"), []);
    assert_eq!(toast(&model), "acme is there already");
    assert_eq!(press(&mut model, "r"), []);
    assert!(matches!(&import(&model).stage, Stage::Plan { cursor: 2, .. }));
    assert_eq!(press(&mut model, "<enter>"), []);
    assert_eq!(toast(&model), "home is there already");
    press(&mut model, "n");
    let (_, wanted) = wishes(&press(&mut model, "<enter>"));
    assert_eq!(wanted, [Wish::Replace, Wish::Save, Wish::Rename, Wish::Skip]);
}

#[test]
fn space_goes_through_what_is_possible_and_no_more() {
    let mut model = with_plan();
    let wish = |model: &Model, at: usize| match &import(model).stage {
        Stage::Plan { wishes, .. } => wishes[at],
        other => panic!("{other:?}"),
    };
    let mut seen = Vec::new();
    for _ in 0..4 {
        press(&mut model, " ");
        seen.push(wish(&model, 0).unwrap());
    }
    assert_eq!(seen, [Wish::Skip, Wish::Replace, Wish::Rename, Wish::Skip]);
    press(&mut model, "j ");
    assert_eq!(wish(&model, 1), Some(Wish::Skip));
    // What is new replaces nothing, and what is the same is not saved again.
    press(&mut model, "r");
    assert_eq!(wish(&model, 1), Some(Wish::Skip));
    press(&mut model, "G r");
    assert_eq!(wish(&model, 3), Some(Wish::Skip));
}

#[test]
fn what_was_imported_is_there_and_lks_file_is_emptied_only_on_request() {
    let mut model = with_plan();
    let (ticket, _) = wishes(&press(&mut model, "sn<enter>"));
    // Leaving waits for it.
    assert_eq!(press(&mut model, "<c-c>"), []);
    assert!(model.leaving);
    model.leaving = false;
    assert_eq!(reply(&mut model, Reply::Imported { ticket, result: Ok(imported(&["beta", "home 2"])) }), []);
    assert_eq!(model.projects.stored.len(), 5);
    assert_eq!(model.projects.selected().unwrap().name, name("beta"));
    assert!(matches!(&import(&model).stage, Stage::Done { lk: Some(_), emptied: None, .. }));
    let effects = press(&mut model, "b");
    let [Effect::Store(StoreJob::EmptyLk { ticket })] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(press(&mut model, "b"), []);
    let done = Emptied { count: 2, backup: "/home/kim/.livekit/cli-config.yaml.before-roomkey".into() };
    reply(&mut model, Reply::Emptied { ticket, result: Ok(done.clone()) });
    assert!(matches!(&import(&model).stage, Stage::Done { emptied: Some(told), .. } if *told == done));
    assert_eq!(press(&mut model, "b"), []);
    assert_eq!(press(&mut model, "<enter>"), [Effect::Store(StoreJob::ForgetPlan)]);
    assert_eq!(model.overlays, []);
}

#[test]
fn from_elsewhere_than_lk_nothing_can_be_emptied() {
    let mut model = program(&["acme"]);
    press(&mut model, "4I");
    let block = "LIVEKIT_URL=wss://p.example\nLIVEKIT_API_KEY=APIp\nLIVEKIT_API_SECRET=fake-canary-paste\n";
    let effects = update(&mut model, Msg::Paste(Pasted::new(block.into())));
    let (ticket, wanted) = plan_job(&effects);
    assert!(matches!(&wanted, Wanted::Pasted(text) if text.expose() == block));
    assert!(!format!("{model:?}{effects:?}").contains("canary"));
    let plan = Plan { source: Source::Pasted, rows: vec![row("p", Change::New)], left_out: Vec::new() };
    reply(&mut model, Reply::Planned { ticket, result: Ok(plan) });
    let (ticket, wanted) = wishes(&press(&mut model, "<enter>"));
    assert_eq!(wanted, [Wish::Save]);
    reply(&mut model, Reply::Imported { ticket, result: Ok(imported(&["beta"])) });
    assert!(matches!(&import(&model).stage, Stage::Done { lk: None, .. }));
    assert_eq!(press(&mut model, "b"), []);
}

#[test]
fn what_cannot_be_read_or_saved_is_said_where_it_was_asked_for() {
    let mut model = program(&["acme"]);
    press(&mut model, "4I");
    let (ticket, _) = plan_job(&update(&mut model, Msg::Paste(Pasted::new("nothing".into()))));
    reply(&mut model, Reply::Planned { ticket, result: Err(failure(Cure::Words)) });
    assert_eq!(import(&model).refused, Some(("it failed".into(), "try again".into())));
    let mut model = with_plan();
    let (ticket, _) = wishes(&press(&mut model, "ss<enter>"));
    let result = Err(failure(Cure::Passphrase { new: true }));
    reply(&mut model, Reply::Imported { ticket, result });
    assert!(matches!(&model.overlays[..], [Overlay::Import(_), Overlay::Passphrase(_)]));
    press(&mut model, "<esc>");
    let (ticket, _) = wishes(&press(&mut model, "<enter>"));
    reply(&mut model, Reply::Imported { ticket, result: Err(failure(Cure::Words)) });
    assert!(import(&model).refused.is_some() && !import(&model).busy);
}

#[test]
fn escape_forgets_what_was_read() {
    let mut model = with_plan();
    assert_eq!(press(&mut model, "<esc>"), [Effect::Store(StoreJob::ForgetPlan)]);
    let mut model = program(&["acme"]);
    let ticket = look(&press(&mut model, "4I"));
    reply(&mut model, Reply::Found { ticket, offers: offers() });
    let (ticket, _) = plan_job(&press(&mut model, "<enter>"));
    let cancelled = [Effect::Store(StoreJob::Cancel), Effect::Store(StoreJob::ForgetPlan)];
    assert_eq!(press(&mut model, "<esc>"), cancelled);
    let late = reply(&mut model, Reply::Planned { ticket, result: Ok(plan()) });
    assert_eq!(late, [Effect::Store(StoreJob::ForgetPlan)]);
    assert_eq!(model.overlays, []);
}

#[test]
fn the_first_import_leaves_the_welcome() {
    let mut model = program(&[]);
    assert_eq!(model.screen, Screen::Welcome);
    press(&mut model, "I");
    let (ticket, _) = plan_job(&update(&mut model, Msg::Paste(Pasted::new("keys".into()))));
    let plan = Plan { source: lk(), rows: vec![row("beta", Change::New)], left_out: Vec::new() };
    reply(&mut model, Reply::Planned { ticket, result: Ok(plan) });
    let (ticket, _) = wishes(&press(&mut model, "<enter>"));
    reply(&mut model, Reply::Imported { ticket, result: Ok(imported(&["beta"])) });
    assert_eq!(model.screen, Screen::Projects);
    // The default one there is current from now on.
    assert_eq!(model.current.name, name("acme"));
}
