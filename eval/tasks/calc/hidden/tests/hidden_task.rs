#[test]
fn nothing_else() {}
