//! A project's policy, its second key, and the question that production asks.

use roomkey::claims::policy::{Allowed, Colour, Label, ProjectPolicy};
use roomkey::project::OldKey;
use roomkey::settings::policies::Policies;

use super::*;

/// A program whose current project is production, and has had another key.
fn guarded(size: (u16, u16)) -> Model {
    let (mut model, ticket) = opening(size, Theme::default());
    let mut projects = three();
    let old = ApiKey::parse("APIfakeBefore").unwrap().value;
    projects[0].old = Some(OldKey { key: old, since: NOW.plus(-7_200) });
    let mut policies = Policies::default();
    let word = |word| Allowed::parse(word).unwrap();
    let production = ProjectPolicy {
        label: Label::parse("eu").unwrap(),
        colour: Some(Colour::Red),
        max_ttl: Some(1_800),
        allow: Some(vec![word("in-the-room"), word("video.roomAdmin"), word("sip")]),
        production: true,
    };
    let label = Label::parse("staging").unwrap();
    policies.set(&projects[0].name, production);
    policies.set(&projects[1].name, ProjectPolicy { label, ..ProjectPolicy::default() });
    update::update(&mut model, Msg::Reply(Reply::Policies(Ok(policies))));
    let default = Some(projects[0].name.clone());
    let contents = Contents { backend: Backend::Keyring, provider: None, projects, default };
    listed(&mut model, ticket, Ok(contents));
    model
}

fn and(keys: &'static str) -> impl Fn((u16, u16)) -> Model {
    move |size| {
        let mut model = guarded(size);
        press(&mut model, keys);
        model
    }
}

const JOIN: &str = "/identity<enter><enter>alice<enter>/room<enter><enter>demo<enter>";

#[test]
fn policies_and_old_keys_are_shown_where_their_project_is() {
    snapshots("guard_projects", and("4g"));
    snapshots("guard_policy", and("4gP<tab><tab><tab>, roomJoin"));
    snapshots("guard_rotate", and("4g<down>K"));
    snapshots("guard_forget", and("4gF"));
}

#[test]
fn what_the_policy_forbids_is_a_problem_of_the_draft() {
    snapshots("guard_compose", |size| {
        let mut model = guarded(size);
        press(&mut model, JOIN);
        press(&mut model, "/roomCreate<enter> <tab><tab><tab>");
        model
    });
    snapshots("guard_broken", |size| {
        let mut model = guarded(size);
        let failure = Failure {
            message: "/home/me/.config/roomkey/policies.toml, line 2, column 1: a policy has no key max-ttl"
                .into(),
            hint: "did you mean max_ttl? (nothing is signed until then)".into(),
            cure: Cure::Words,
        };
        update::update(&mut model, Msg::Reply(Reply::Policies(Err(failure))));
        press(&mut model, JOIN);
        press(&mut model, "y");
        model
    });
}

#[test]
fn production_asks_for_its_name() {
    snapshots("guard_production", |size| {
        let mut model = guarded(size);
        press(&mut model, JOIN);
        press(&mut model, "/roomAdmin<enter> [[yacme");
        model
    });
}
