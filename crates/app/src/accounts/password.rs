//! What a password may be. It is judged by how many guesses it stands (`zxcvbn`), not by the sorts of
//! its characters, and it holds nothing that everybody knows about its owner.

use model::problem::Problem;
use store::accounts::Account;
use zxcvbn::{Score, zxcvbn};

use crate::Snapshot;

/// Fewest characters.
pub const SHORTEST_PASSWORD: usize = 8;
/// Most characters.
const LONGEST_PASSWORD: usize = 128;
/// At least as hard to guess: more than 10⁸ guesses.
const STRENGTH: Score = Score::Three;

/// What people make passwords of that `zxcvbn` does not know.
const COMMON_WORDS: &str = include_str!("common_words.txt");

/// What everybody knows about the owner of an account: login, name, unit.
pub(super) fn known_about(snapshot: &Snapshot, account: &Account) -> Vec<String> {
    let mut known = vec![account.login.clone(), account.name.clone()];
    if let Some(unit) = snapshot.units.get(&account.unit()) {
        known.extend([unit.code.clone(), unit.name.clone()]);
    }
    known
}

/// What is wrong with a password of somebody of whom `known` is known.
pub(super) fn fault(password: &str, known: &[String]) -> Option<Problem> {
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        return Some(Problem::PasswordTooShort { min: SHORTEST_PASSWORD });
    }
    if length > LONGEST_PASSWORD {
        return Some(Problem::PasswordTooLong { max: LONGEST_PASSWORD });
    }
    let lower = password.to_lowercase();
    if let Some(held) = known.iter().find(|known| tells(known) && lower.contains(&known.to_lowercase())) {
        return Some(Problem::PasswordHolds { what: held.clone() });
    }
    if is_number(password) {
        return Some(Problem::PasswordGuessable);
    }
    let words = COMMON_WORDS.lines().filter(|line| !line.starts_with('#'));
    let inputs: Vec<&str> = words.chain(known.iter().map(String::as_str)).collect();
    (zxcvbn(password, &inputs).score() < STRENGTH).then_some(Problem::PasswordGuessable)
}

/// Whether it is nothing but a number: a date, a telephone number, an ID number. However long, there are
/// few of these, and colleagues know them.
fn is_number(password: &str) -> bool {
    password.chars().all(|c| c.is_ascii_digit() || " +-./xX".contains(c))
}

/// Whether a text is long enough to tell something: every second password holds "Li".
fn tells(known: &str) -> bool {
    let length = known.trim().chars().count();
    if known.is_ascii() { length >= 3 } else { length >= 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        ["zhangsan", "张三", "210202000", "中山区总工会", "Li", ""].map(ToOwned::to_owned).to_vec()
    }

    #[test]
    fn a_password_that_anybody_guesses_is_refused() {
        for password in [
            "12345678",
            "87654321",
            "password",
            "Password1",
            "P@ssw0rd123",
            "aaaaaaaa",
            "        ",
            "11111111",
            "qwertyuiop",
            "1qaz2wsx",
            "1qaz@WSX",
            "asdfghjkl",
            "abcd1234",
            "abc123456",
            "woaini1314",
            "woaini520",
            "5201314520",
            "qq123456789",
            "admin888",
            "gonghui123",
            "gonghui2011",
            "laodong2011",
            "dalian2015",
            "zhongguo123",
            "20110501",
            "19800101",
            "2011-05-01",
            "13841100000",
            "+86 138-4110-0000",
            "210202198001010008",
            "21020219800101002X",
            "jiangong",
            "jiangong123",
            "iloveyou1",
            "football12",
            "sunshine",
            "trustno1!",
        ] {
            assert_eq!(fault(password, &known()), Some(Problem::PasswordGuessable), "{password}");
        }
    }

    #[test]
    fn a_password_that_holds_what_everybody_knows_is_refused() {
        for (password, what) in [
            ("zhangsan-9fKq27x", "zhangsan"),
            ("9fKq27xZHANGSAN", "zhangsan"),
            ("张三的密码9fKq27x", "张三"),
            ("x210202000-9fKq", "210202000"),
            ("中山区总工会9fKq27x", "中山区总工会"),
        ] {
            let expected = Some(Problem::PasswordHolds { what: what.to_owned() });
            assert_eq!(fault(password, &known()), expected, "{password}");
        }
    }

    #[test]
    fn a_password_has_a_length() {
        assert_eq!(fault("9fKq27x", &known()), Some(Problem::PasswordTooShort { min: SHORTEST_PASSWORD }));
        assert_eq!(fault("", &known()), Some(Problem::PasswordTooShort { min: SHORTEST_PASSWORD }));
        let long = "9fKq27x-".repeat(17);
        assert_eq!(fault(&long, &known()), Some(Problem::PasswordTooLong { max: LONGEST_PASSWORD }));
    }

    #[test]
    fn a_password_that_is_hard_to_guess_is_taken() {
        for password in [
            "9fKq27x-Lu",
            "brass kettle on the shelf",
            "海边的灯塔每天亮到天明",
            "Xk4#mPq9vT",
            "seven rivers Libya",
        ] {
            assert_eq!(fault(password, &known()), None, "{password}");
        }
    }
}
