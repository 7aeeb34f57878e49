//! Many participants in a table, and importing projects.

use std::sync::Arc;

use roomkey::claims::placeholders::Chance;
use roomkey::claims::policy::ProjectPolicy;
use roomkey::import::{Change, Source};
use roomkey::token::Signer;
use roomkey::tui::message::import::{Emptied, Imported, Offer, Plan, PlanRow};
use roomkey::tui::message::many::{Made, Many, One, Unfit};

use super::*;

/// What the store's worker makes of it.
pub(crate) fn made(many: &Many) -> Made {
    let mut signer = Signer::new(&ApiSecret::dev()).unwrap();
    let mut tokens = Vec::new();
    let odd = many
        .judge(&three()[1].key, &ProjectPolicy::default(), &mut Chance::of(1), |n, claims| {
            let token = signer.sign(&claims).unwrap();
            tokens.push(One::of(n, &claims, token));
            Ok::<_, Unfit>(())
        })
        .unwrap();
    Made { tokens, odd }
}

/// A program with the table of fifty.
fn table(size: (u16, u16)) -> Model {
    let mut model = filled(size);
    let effects = press(&mut model, "N<c-u>50<enter><c-u>load-{n}<enter><c-u>会議 {n}<enter>");
    let [Effect::Store(StoreJob::SignMany { ticket, ref many, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    let made = Arc::new(made(many));
    update::update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result: Ok(made) }));
    model
}

fn name(name: &str) -> ProjectName {
    ProjectName::parse(name).unwrap()
}

fn lk() -> Source {
    Source::Lk("/home/kim/.livekit/cli-config.yaml".into())
}

fn offers() -> Vec<Offer> {
    vec![
        Offer { source: lk(), names: vec![name("acme-prod"), name("beta"), name("shop")] },
        Offer { source: Source::Dotenv("/home/kim/shop/.env.local".into()), names: vec![name("shop")] },
    ]
}

/// A program that shows where there are projects.
fn places(size: (u16, u16)) -> Model {
    let mut model = program(size);
    let effects = press(&mut model, "4I");
    let [Effect::Store(StoreJob::Look { ticket })] = effects[..] else { panic!("{effects:?}") };
    update::update(&mut model, Msg::Reply(Reply::Found { ticket, offers: offers() }));
    model
}

/// A program that shows what would change.
fn plan(size: (u16, u16)) -> Model {
    let mut model = places(size);
    let effects = press(&mut model, "<enter>");
    let [Effect::Store(StoreJob::Plan { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let row = |name: &str, url: &str, change: Change| PlanRow {
        listing: listing(name, url, "APIfakeLk"),
        is_default: name == "shop",
        change,
        notes: Vec::new(),
    };
    let plan = Plan {
        source: lk(),
        rows: vec![
            row(
                "acme-prod",
                "wss://other.livekit.cloud",
                Change::Differs { url: true, key: true, secret: true },
            ),
            row("shop", "wss://shop.example", Change::New),
            row("home", "ws://10.0.0.5:7880", Change::Same(name("home"))),
        ],
        left_out: vec![("bad".into(), "it has no API secret".into())],
    };
    update::update(&mut model, Msg::Reply(Reply::Planned { ticket, result: Ok(plan) }));
    model
}

/// A program that shows what was imported.
fn done(size: (u16, u16)) -> Model {
    let mut model = plan(size);
    let effects = press(&mut model, "n<enter>");
    let [Effect::Store(StoreJob::Import { ticket, .. })] = effects[..] else { panic!("{effects:?}") };
    let contents = Contents { backend: Backend::Keyring, provider: None, projects: three(), default: None };
    let saved = vec![(name("acme-prod 2"), false), (name("shop"), false)];
    let imported = Imported { contents, saved, skipped: 1 };
    update::update(&mut model, Msg::Reply(Reply::Imported { ticket, result: Ok(imported) }));
    model
}

screens! {
    many_asked: after("N");
    many_asked_wrong: after("N<c-u>0<enter><c-u>alice<tab>Load {n}");
    many_table: table;
    many_without_names: |size| {
        let mut model = program(size);
        press(&mut model, "/room<enter><enter>demo<enter>");
        let effects = press(&mut model, "N<c-s>");
        let [Effect::Store(StoreJob::SignMany { ticket, ref many, .. })] = effects[..] else {
            panic!("{effects:?}")
        };
        let made = Arc::new(made(many));
        update::update(&mut model, Msg::Reply(Reply::SignedMany { ticket, result: Ok(made) }));
        model
    };
    many_revealed: |size| {
        let mut model = table(size);
        press(&mut model, "jjv");
        model.toast = None;
        model
    };
    many_finding: |size| {
        let mut model = table(size);
        press(&mut model, "/load-4");
        model.toast = None;
        model
    };
    many_copy_all: |size| {
        let mut model = table(size);
        press(&mut model, "a");
        model
    };
    import_looking: |size| {
        let mut model = program(size);
        press(&mut model, "4I");
        model
    };
    import_places: places;
    import_plan: plan;
    import_done: done;
    import_emptied: |size| {
        let mut model = done(size);
        let effects = press(&mut model, "b");
        let [Effect::Store(StoreJob::EmptyLk { ticket })] = effects[..] else { panic!("{effects:?}") };
        let backup = "/home/kim/.livekit/cli-config.yaml.before-roomkey".into();
        let result = Ok(Emptied { count: 2, backup });
        update::update(&mut model, Msg::Reply(Reply::Emptied { ticket, result }));
        model
    };
    welcome_with_projects_to_import: |size| {
        let (mut model, ticket) = opening(size, Theme::default());
        let contents =
            Contents { backend: Backend::Keyring, provider: Some("gnome-keyring".into()), projects: Vec::new(), default: None };
        let effects = listed(&mut model, ticket, Ok(contents));
        let [Effect::Store(StoreJob::Look { ticket })] = effects[..] else { panic!("{effects:?}") };
        update::update(&mut model, Msg::Reply(Reply::Found { ticket, offers: offers() }));
        model
    };
}
