//! Yes and no.

use model::{
    problem::{Problem, ProblemKind},
    value::Value,
};

use crate::{
    gather::is_blank,
    names::{half_width, without_remark},
    workbook::Cell,
};

use super::is_dash;

const YES: [&str; 30] = [
    "是",
    "√",
    "✓",
    "✔",
    "☑",
    "∨",
    "v",
    "有",
    "1",
    "1.0",
    "y",
    "yes",
    "true",
    "t",
    "对",
    "已",
    "是的",
    "开展",
    "已开展",
    "有开展",
    "建立",
    "已建立",
    "实行",
    "已实行",
    "实施",
    "已实施",
    "参加",
    "已参加",
    "举办",
    "已举办",
];
const NO: [&str; 32] = [
    "否",
    "×",
    "✗",
    "✘",
    "✕",
    "╳",
    "x",
    "无",
    "0",
    "0.0",
    "n",
    "no",
    "false",
    "f",
    "未",
    "没有",
    "没",
    "不",
    "不是",
    "错",
    "☐",
    "□",
    "未开展",
    "没开展",
    "未建立",
    "未实行",
    "未实施",
    "未参加",
    "未举办",
    "不实行",
    "暂无",
    "否定",
];

pub(super) fn flag(cell: &Cell) -> Result<Option<Value>, Problem> {
    if let Cell::Flag(flag) = cell {
        return Ok(Some(Value::Flag(*flag)));
    }
    let found = cell.text();
    let text: String =
        half_width(&found).chars().filter(|c| !is_blank(*c)).flat_map(char::to_lowercase).collect();
    if is_dash(&text) {
        return Ok(None);
    }
    let text = without_remark(text.trim_end_matches(['。', '.']));
    if YES.contains(&text.as_str()) {
        Ok(Some(Value::Flag(true)))
    } else if NO.contains(&text.as_str()) {
        Ok(Some(Value::Flag(false)))
    } else {
        Err(Problem::error(ProblemKind::NotFlag, [found]))
    }
}
