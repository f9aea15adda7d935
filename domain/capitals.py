"""Amounts in Chinese capital numerals 大写, as contracts and vouchers carry them beside the figures so that neither can be altered.

After the People's Bank of China's 支付结算办法 (1997), annex 1: 整 after 元 and 角 but not after 分, one 零 for zeros between digits,
and the currency's name in front. Fractions below 分 go on as 厘 and 毫 for currencies that have them.
"""

from __future__ import annotations

from typing import Final

from domain.money import Money, exponent

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")
_FRACTIONS: Final = "角分厘毫"
_GROUP: Final = 10_000

# Others go by their ISO 4217 code.
NAMES: Final = {
    "AED": "阿联酋迪拉姆", "AUD": "澳大利亚元", "BRL": "巴西雷亚尔", "CAD": "加拿大元", "CHF": "瑞士法郎", "CNY": "人民币",
    "CZK": "捷克克朗", "DKK": "丹麦克朗", "EUR": "欧元", "GBP": "英镑", "HKD": "港元", "HUF": "匈牙利福林", "IDR": "印度尼西亚卢比",
    "ILS": "以色列新谢克尔", "INR": "印度卢比", "JPY": "日元", "KRW": "韩元", "KWD": "科威特第纳尔", "KZT": "哈萨克斯坦坚戈",
    "MOP": "澳门元", "MXN": "墨西哥比索", "MYR": "马来西亚林吉特", "NOK": "挪威克朗", "NZD": "新西兰元", "PHP": "菲律宾比索",
    "PKR": "巴基斯坦卢比", "PLN": "波兰兹罗提", "RUB": "俄罗斯卢布", "SAR": "沙特里亚尔", "SEK": "瑞典克朗", "SGD": "新加坡元",
    "THB": "泰铢", "TRY": "土耳其里拉", "TWD": "新台币", "USD": "美元", "VND": "越南盾", "ZAR": "南非兰特",
}  # fmt: skip


def in_capitals(money: Money) -> str:
    """An amount in capital numerals with its currency's name: 83420.00 CNY is 人民币捌万叁仟肆佰贰拾元整."""
    digits = exponent(money.currency)
    whole, part = divmod(abs(money.minor), 10**digits)
    fraction = _fraction(str(part).zfill(digits) if digits else "", after_whole=whole > 0)
    said = f"{_whole(whole)}元" if whole or not fraction else ""
    closed = "" if fraction and fraction[-1] != _FRACTIONS[0] else "整"
    sign = "负" if money.minor < 0 else ""
    return f"{NAMES.get(money.currency, money.currency)}{sign}{said}{fraction}{closed}"


def _whole(number: int) -> str:
    """Units up to 10**16 in groups of four; above 亿 the count of 亿 has its own 万."""
    hundred_millions, rest = divmod(number, _GROUP * _GROUP)
    ten_thousands, units = divmod(rest, _GROUP)
    said = f"{_whole(hundred_millions)}亿" if hundred_millions else ""
    for count, name in ((ten_thousands, "万"), (units, "")):
        if count:
            # The zeros before a group are said once, whether they fill its own first places or whole groups.
            skipped = said and (count < _GROUP // 10 or (name == "" and not ten_thousands))
            said += f"{'零' if skipped else ''}{_four(count)}{name}"
    return said or _DIGITS[0]


def _four(number: int) -> str:
    said, zero = "", False
    for digit, place in zip(str(number).zfill(4), _PLACES, strict=True):
        if digit == "0":
            zero = bool(said)
        else:
            said += f"{'零' if zero else ''}{_DIGITS[int(digit)]}{place}"
            zero = False
    return said


def _fraction(digits: str, *, after_whole: bool) -> str:
    said, zero = "", False
    for digit, name in zip(digits, _FRACTIONS, strict=False):
        if digit == "0":
            zero = after_whole or bool(said)
        else:
            said += f"{'零' if zero else ''}{_DIGITS[int(digit)]}{name}"
            zero = False
    return said
