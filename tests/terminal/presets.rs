//! A preset that is saved on the screen is there on the command line, and the other way round.

use super::{Home, fill, start};

#[test]
fn a_preset_saved_on_the_screen_is_used_on_the_command_line_and_two_keys_start_from_one_saved_there() {
    let home = Home::new();
    let mut terminal = start(&home, &[], &[]);
    fill(&mut terminal);
    terminal.press("s");
    terminal.wait_for("Save as a preset");
    terminal.press("Desk\rfor the desk\r");
    terminal.wait_for("saved Desk");
    let claims = crate::support::home::payload(&home.token(&["--dev", "--preset", "desk"]));
    assert_eq!(claims["sub"], "alice-7f3a");

    let save = ["preset", "save", "Another", "--join", "-r", "other-room", "-i", "guest-{rand4}"];
    assert_eq!(home.run(&save).code, 0);
    terminal.press("o");
    terminal.wait_for("Another");
    terminal.press("1");
    terminal.wait("filled in", |screen| {
        screen.contains("guest-{rand4}") && screen.contains("join \"other-room\" as guest-")
    });
    terminal.press("u");
    terminal.wait("taken back", |screen| !screen.contains("other-room") && screen.contains("alice-7f3a"));
    terminal.press("o\x04");
    terminal.wait_for("Delete the preset Another?");
    terminal.press("y");
    terminal.wait_for("deleted Another");
    terminal.press("\x1b");
    terminal.wait("no list", |screen| !screen.contains("type to find"));
    terminal.press("q");
    assert!(terminal.ended().0.success());
    let names = home.run(&["preset", "list", "--own", "--json"]).json();
    assert_eq!(names[0]["name"], "Desk");
    assert_eq!(names.as_array().unwrap().len(), 1);
}
