//! What a browser asks before it lets a page read the answer.

use super::{Asked, Exchange, Target};
use crate::finding::Finding;
use crate::text::beginning;

/// The page that asks for [`foreign`].
pub(super) const FOREIGN: &str = "https://somebody-else.example";

/// Whether a browser sends the `POST` at all: its content type is none that is sent without asking.
pub(super) fn preflight(target: &Target, asked: &Asked) -> Finding {
    const ID: &str = "preflight";
    let answer = match asked {
        Err(silence) => return Finding::failed(ID, silence.why.clone(), "answer OPTIONS as well as POST"),
        Ok(answer) => answer,
    };
    if !answer.is_success() {
        return Finding::failed(
            ID,
            format!("OPTIONS is answered {}", answer.status),
            "answer OPTIONS with 204 and Access-Control-Allow-Origin, -Methods and -Headers; no key is sent with it",
        );
    }
    if let Some(wrong) = origin(target, answer) {
        return Finding::failed(ID, wrong, allow(target));
    }
    let allowed = answer.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
    let names = |wanted: &str| allowed.split(',').map(str::trim).any(|name| name == wanted || name == "*");
    if !names("content-type") {
        return Finding::failed(
            ID,
            "it does not allow the header Content-Type, which every client sends",
            "answer Access-Control-Allow-Headers: content-type",
        );
    }
    Finding::ok(ID, format!("a page of {} may ask", target.origin))
}

/// Whether the page may read the answer.
pub(super) fn answer(target: &Target, post: &Exchange) -> Finding {
    match origin(target, post) {
        None => Finding::ok("CORS", format!("a page of {} may read the answer", target.origin)),
        Some(wrong) => {
            Finding::failed("CORS", wrong, format!("{}, with POST too and with errors", allow(target)))
        }
    }
}

/// Whether any page may have tokens.
pub(super) fn foreign(target: &Target, asked: &Asked) -> Finding {
    const ID: &str = "other pages";
    let Ok(answer) = asked else { return Finding::skipped(ID, "it did not answer OPTIONS") };
    match answer.header("access-control-allow-origin") {
        Some(allowed) if allowed == "*" || allowed == FOREIGN => {
            let near = if target.is_loopback() {
                "any page that is open in your browser"
            } else {
                "any page on the web"
            };
            Finding::warning(
                ID,
                format!("{near} may ask it for tokens (Access-Control-Allow-Origin: {allowed})"),
                "allow the origins of your own pages only",
            )
        }
        _ => Finding::ok(ID, "another page may not ask"),
    }
}

/// What keeps a page of the origin from it.
fn origin(target: &Target, answer: &Exchange) -> Option<String> {
    match answer.header("access-control-allow-origin") {
        None => Some("there is no Access-Control-Allow-Origin, so a browser hides the answer".into()),
        Some(allowed) if allowed == "*" || allowed == target.origin => None,
        Some(allowed) => Some(format!("it allows {}, not {}", beginning(allowed, 100), target.origin)),
    }
}

fn allow(target: &Target) -> String {
    format!("answer Access-Control-Allow-Origin: {}", target.origin)
}
