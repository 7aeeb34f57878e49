//! The settings of the room that a join would make.

use super::{Report, Subject, quoted};
use crate::claims::grants::AgentDispatch;

pub(super) fn config_exists(subject: &Subject<'_>, report: &mut Report<'_>) {
    let grants = subject.grants();
    let (path, name) = match (grants.room_config.is_empty(), grants.room_preset.is_empty()) {
        (true, true) => return,
        (true, false) => ("roomPreset", "roomPreset"),
        (false, _) if !grants.room_config.agents.is_empty() => ("roomConfig.agents", "roomConfig"),
        (false, _) => ("roomConfig.maxParticipants", "roomConfig"),
    };
    if subject.joins() {
        report.say(path, format!("{name} is ignored when the room already exists"));
    }
}

/// Told only where room settings are given: who gives none has no list of agents in mind.
pub(super) fn config_agents(subject: &Subject<'_>, report: &mut Report<'_>) {
    let config = &subject.grants().room_config;
    if subject.joins() && !config.is_empty() && config.agents.is_empty() {
        report.say("roomConfig.agents", "no agents are listed, so every worker without a name is dispatched");
    }
}

pub(super) fn agents_no_join(subject: &Subject<'_>, report: &mut Report<'_>) {
    let agents = subject.grants().room_config.agents.len();
    if !subject.joins() && agents > 0 {
        let those = if agents == 1 { "the agent" } else { "the agents" };
        report.say(
            "roomConfig.agents",
            format!("without roomJoin {those} in roomConfig will not be dispatched"),
        );
    }
}

pub(super) fn agent_unnamed(subject: &Subject<'_>, report: &mut Report<'_>) {
    let agents = &subject.grants().room_config.agents;
    if let Some(at) = agents.iter().position(|agent| agent.agent_name.is_empty()) {
        report.say("roomConfig.agents", format!("roomConfig.agents.{at} has no agentName"));
    }
}

pub(super) fn preset_unknown(subject: &Subject<'_>, report: &mut Report<'_>) {
    let preset = &subject.grants().room_preset;
    if subject.joins() && !preset.is_empty() {
        report.say("roomPreset", format!("the server must know the room preset {}", quoted(preset)));
    }
}

pub(super) fn deployment(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut agents = subject.grants().room_config.agents.iter().enumerate();
    if let Some((at, wrong)) = agents.find_map(|(at, agent)| Some((at, wrong_deployment(agent)?))) {
        report.say("roomConfig.agents", format!("roomConfig.agents.{at}.deployment {wrong}"));
    }
}

/// protocol/agent/environment.go:5-24.
fn wrong_deployment(agent: &AgentDispatch) -> Option<String> {
    let name = agent.deployment.as_str();
    if name.len() > 64 {
        return Some(format!("is {} bytes; servers allow 64", name.len()));
    }
    let wrong = |c: char| c == '_' || c.is_whitespace() || c.is_control();
    name.contains(wrong)
        .then(|| format!("{} has an underscore, a space or a control character", quoted(name)))
}
