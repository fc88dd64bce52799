use calc::roman::roman;

#[test]
fn long() {
    for (number, text) in [(400, "CD"), (944, "CMXLIV"), (1999, "MCMXCIX"), (3888, "MMMDCCCLXXXVIII")] {
        assert_eq!(roman(number).as_deref(), Some(text));
    }
    assert_eq!(roman(4000), None);
}
