//! What browsers call themselves, in words: the ones that offices use. A text that says nothing we know stays as it is;
//! what a browser calls itself is no proof of anything.

use words::Words;

/// What is in the text, what that is in Chinese and in English. The first that fits holds: most browsers call
/// themselves by the names of others too.
const BROWSERS: &[(&str, &str, &str)] = &[
    ("wxwork/", "企业微信", "WeCom"),
    ("MicroMessenger/", "微信", "WeChat"),
    ("DingTalk", "钉钉", "DingTalk"),
    ("QQBrowser/", "QQ浏览器", "QQ Browser"),
    ("360SE", "360浏览器", "360 Browser"),
    ("360EE", "360浏览器", "360 Browser"),
    ("QihooBrowser", "360浏览器", "360 Browser"),
    ("Edg/", "Edge", "Edge"),
    ("EdgA/", "Edge", "Edge"),
    ("Firefox/", "火狐", "Firefox"),
    ("HuaweiBrowser/", "华为浏览器", "Huawei Browser"),
    ("Chrome/", "Chrome", "Chrome"),
    ("CriOS/", "Chrome", "Chrome"),
    ("Trident/", "IE", "Internet Explorer"),
    ("MSIE ", "IE", "Internet Explorer"),
    ("Safari/", "Safari", "Safari"),
];

/// The same of systems.
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("OpenHarmony", "鸿蒙", "HarmonyOS"),
    ("HarmonyOS", "鸿蒙", "HarmonyOS"),
    ("Android", "安卓", "Android"),
    ("iPhone", "iPhone", "iPhone"),
    ("iPad", "iPad", "iPad"),
    ("Windows NT 6.1", "Windows 7", "Windows 7"),
    ("Windows", "Windows", "Windows"),
    ("Mac OS X", "macOS", "macOS"),
    ("Linux", "Linux", "Linux"),
];

/// The most characters of a text that nobody knows.
const LONGEST: usize = 60;

/// Browser and system in words.
pub(crate) fn browser_name(words: Words, text: &str) -> String {
    let find = |known: &[(&str, &'static str, &'static str)]| {
        let found = known.iter().find(|(part, ..)| text.contains(part));
        found.map(|(_, zh, en)| words.pick(zh, en).to_owned())
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => words.account_session_client(browser, system),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => text.chars().take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn browsers_and_systems_are_told_by_what_they_call_themselves() {
        let check = |text: &str, zh: &str, en: &str| {
            assert_eq!(browser_name(Words::new(Language::Chinese), text), zh, "{text}");
            assert_eq!(browser_name(Words::new(Language::English), text), en, "{text}");
        };
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
        let windows = format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit}");
        check(&windows, "Chrome，Windows", "Chrome, Windows");
        check(&format!("{windows} Edg/126.0.0.0"), "Edge，Windows", "Edge, Windows");
        check(&format!("{windows} QIHU 360SE"), "360浏览器，Windows", "360 Browser, Windows");
        check(&format!("Mozilla/5.0 (X11; Linux x86_64) {webkit}"), "Chrome，Linux", "Chrome, Linux");
        check(
            "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0",
            "火狐，Windows 7",
            "Firefox, Windows 7",
        );
        check(
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "IE，Windows 7",
            "Internet Explorer, Windows 7",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
            "Safari，macOS",
            "Safari, macOS",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49",
            "微信，iPhone",
            "WeChat, iPhone",
        );
        check(
            "Mozilla/5.0 (Linux; Android 14; SM-G9910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
            "Chrome，安卓",
            "Chrome, Android",
        );
        check("curl/8.5.0", "curl/8.5.0", "curl/8.5.0");
        check("", "", "");
        let long = browser_name(Words::new(Language::English), &"长".repeat(500));
        assert_eq!(long.chars().count(), LONGEST);
    }
}
