//! `roomkey grants`.

use crate::support::home::Home;

#[test]
fn the_table_and_a_row_are_the_catalogues() {
    let home = Home::new();
    insta::assert_snapshot!("grants", home.run(&["grants"]).out.trim_end());
    insta::assert_snapshot!("grants-row", home.run(&["grants", "video.canPublishData"]).out.trim_end());
    let all = home.run(&["grants", "--json"]).json();
    let row = home.run(&["grants", "video.canPublishData", "--json"]).json();
    assert!(all.as_array().unwrap().contains(&row));
    assert_eq!(row["type"], "choice");
    assert_eq!(row["unset"], "as canPublish");
    assert_eq!(row["example"], "video.canPublishData=false");
}

#[test]
fn a_wrong_path_is_answered_with_the_one_that_was_meant() {
    let home = Home::new();
    home.run(&["grants", "video.roomName"]).failed(
        2,
        "there is no claim video.roomName",
        "did you mean video.room?",
    );
    home.run(&["grants", "zebra"]).failed(2, "there is no claim zebra", "roomkey grants lists every path");
}
