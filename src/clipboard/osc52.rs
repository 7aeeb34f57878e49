//! The escape sequence that asks the terminal itself to put text on its clipboard, wherever that terminal is.
//!
//! Nobody answers it: what was sent cannot be read back, and no sequence clears it everywhere (an empty one leaves
//! tmux's buffers as they are).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ClipboardError;
use crate::text::Sensitive;

/// The longest text that is sent, in bytes: tmux 3.3a takes this many, a mebibyte once encoded, and silently drops
/// 800,000.
pub const OSC52_LIMIT: usize = 786_400;

const START: &str = "\x1b]52;c;";
/// The string terminator rather than BEL: a terminal that does not know the sequence cannot beep.
const END: &str = "\x1b\\";

/// `ESC ] 52 ; c ; BASE64 ESC \`, to be written to the terminal.
pub(super) fn sequence(text: &Sensitive) -> Result<Sensitive, ClipboardError> {
    let bytes = text.expose().len();
    if bytes > OSC52_LIMIT {
        return Err(ClipboardError::TooLong { bytes, limit: OSC52_LIMIT });
    }
    // Large enough from the start: growing would leave copies behind that nobody wipes.
    let mut out = String::with_capacity(START.len() + bytes.div_ceil(3) * 4 + END.len());
    out.push_str(START);
    STANDARD.encode_string(text.expose(), &mut out);
    out.push_str(END);
    Ok(Sensitive::new(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_xterms_manual_with_a_string_terminator() {
        let sent = sequence(&Sensitive::new("fake é token".into())).unwrap();
        assert_eq!(sent.expose(), "\x1b]52;c;ZmFrZSDDqSB0b2tlbg==\x1b\\");
    }

    #[test]
    fn what_terminals_would_drop_is_refused() {
        let longest = "x".repeat(OSC52_LIMIT);
        let sent = sequence(&Sensitive::new(longest.clone())).unwrap();
        assert!(sent.expose().len() <= 1024 * 1024 + START.len() + END.len());
        assert_eq!(
            sequence(&Sensitive::new(longest + "x")),
            Err(ClipboardError::TooLong { bytes: OSC52_LIMIT + 1, limit: OSC52_LIMIT })
        );
    }
}
