"""Names of the world's territories by language, from CLDR (the only home of Babel). Knows no adjectives or leaders."""

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

DEFAULT = (
    "en de fr es it pt nl pl tr ar ru uk ro hu cs sk bg sr hr bs sl mk sq el fi sv da no lt lv et be ca "
    "fa he ur hi bn zh ja ko id ms vi th sw so am ka hy az kk uz ps ku ta "
    "is sr_Latn zh_Hant pt_PT "
).split()


def territory_names(languages: Iterable[str] = DEFAULT) -> dict[str, dict[str, str]]:
    """{language: {ISO 3166-1 alpha-2: name}}; a language that CLDR does not know is left out."""
    names: dict[str, dict[str, str]] = {}
    for language in languages:
        try:
            territories = Locale.parse(language).territories
        except (UnknownLocaleError, ValueError):
            continue
        names[language] = {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    return names
