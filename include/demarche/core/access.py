"""Tells what kind of page an answer is: the article, or a wall, an error or an empty shell in its place."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SHORT_ARTICLE = 900  # characters; a page with more text of its own is no error page, whatever words it has
TEASER = 2_500  # characters that a paywall may leave to read
FEW_WORDS = 40  # of seen text: a shell that scripts would fill

PAYWALL = re.compile(
    r"""class=["'][^"']*\b(?:paywall|regwall|subscriber-only|premium-content|piano-offer|tp-container-inner|"""
    r"""paid-content|article-locked|locked-content|meteredContent|js-paywall|c-paywall|offer-reco|poool)\b"""
    r"""|id=["'](?:paywall|poool-widget|piano-inline|regwall)\b""",
    re.IGNORECASE,
)
PAYWALL_WORDS = re.compile(
    r"subscribe to (?:continue|read|unlock)|already a subscriber\?|this (?:article|content|"
    r"story) is (?:only )?(?:for|available to) "
    r"(?:paying )?subscribers|to continue reading,? (?:please )?(?:subscribe|register|log in|sign in)|"
    r"subscribers only|"
    r"nur für abonnenten|weiterlesen mit|jetzt abonnieren und weiterlesen|mit .{1,20}plus weiterlesen|"
    r"article réservé aux abonnés|réservé à nos abonnés|il vous reste .{1,30} de cet article à lire|"
    r"contenido exclusivo para suscriptores|solo para suscriptores|suscríbete para (?:seguir|continuar)|"
    r"contenuto riservato agli abbonati|abbonati per (?:continuare|leggere)|exclusivo para assinantes|"
    r"alleen voor abonnees|tylko dla (?:prenumeratorów|subskrybentów)|dalsza część (?:artykułu|"
    r"tekstu) dostępna|"
    r"pouze pro předplatitele|artikeln är låst|endast för prenumeranter|for abonnenter|только для подписчиков|"
    r"abonelere özel|للمشتركين فقط|有料会員|この記事は会員限定|会员专享|訂戶專享|구독자 전용",
    re.IGNORECASE,
)
CONSENT_HOST = re.compile(
    r"^(?:consent|myprivacy|privacy|cmp|guce)\.|/(?:consent|collectconsent|myprivacy|privacy-gate)(?:/|\?|$)"
)
CONSENT_WORDS = re.compile(
    r"before you continue to|we (?:and our partners )?(?:use|store).{0,60}cookies|accept (?:all )?cookies|"
    r"consent to (?:the use of )?cookies|"
    r"your privacy (?:choices|matters)|we value your privacy|manage (?:your )?(?:privacy|"
    r"cookie) (?:settings|preferences)|"
    r"alle akzeptieren|cookies? zustimmen|mit werbung weiterlesen|einwilligung|datenschutzeinstellungen|"
    r"tout accepter|accepter (?:et continuer|les cookies)|continuer sans accepter|votre vie privée|"
    r"aceptar (?:todas las )?cookies|aceptar y continuar|tu privacidad|accetta (?:tutti|i cookie)|"
    r"la tua privacy|"
    r"aceitar (?:todos os )?cookies|alle cookies accepteren|akkoord gaan|cookies? accepteren|zgadzam się|"
    r"akceptuję|"
    r"szanujemy (?:twoją|państwa) prywatność|souhlasím s cookies|přijmout vše|godkänn alla|"
    r"acceptera alla cookies|"
    r"accepter alle|çerezleri kabul|принять (?:все )?cookie|приймаю|同意する|接受所有",
    re.IGNORECASE,
)
ERROR_TITLE = re.compile(
    r"^\W*(?:error\s*)?(?:404|410)\b|\b(?:page|article|story|content|"
    r"url)\s+(?:could\s+)?(?:was\s+)?(?:not\s+(?:be\s+)?found|no longer "
    r"(?:exists?|available)|unavailable|does(?:n['’]t| not) exist|has been removed)|\bnot found\b|^error\b|"
    r"seite (?:wurde )?nicht gefunden|nicht mehr verfügbar|page (?:introuvable|non trouvée|inexistante)|"
    r"introuvable|"
    r"página no encontrada|no se (?:ha )?encontr(?:ó|ado)|pagina non trovata|página não encontrada|"
    r"não encontrada|"
    r"pagina niet gevonden|nie znaleziono|strony nie znaleziono|stránka nenalezena|nenalezen|"
    r"sidan (?:kunde inte hittas|hittades inte)|"
    r"siden (?:ble ikke funnet|findes ikke)|sivua ei löyt|az oldal nem található|pagina nu a fost găsită|"
    r"sayfa bulunamadı|"
    r"страница не найдена|не найдена|сторінку не знайдено|η σελίδα δεν βρέθηκε|الصفحة غير موجودة|"
    r"صفحه.{0,10}یافت نشد|"
    r"ページが見つかりません|页面不存在|找不到|페이지를 찾을 수 없",
    re.IGNORECASE,
)
SCRIPT_WORDS = re.compile(
    r"(?:enable|turn on|activate) javascript|javascript (?:is (?:disabled|required)|(?:muss )?aktivier)|"
    r"requires javascript|"
    r"checking (?:if the site connection is secure|your browser)|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|just a moment|"
    r"are you a robot|activez javascript|activer javascript|habilit\w+ javascript|active javascript|"
    r"abilita(?:re)? javascript|"
    r"włącz\w* (?:obsługę )?javascript|включите javascript|please enable js",
    re.IGNORECASE,
)
SCRIPT_SHELL = re.compile(
    r"""<div[^>]+id=["'](?:root|app|__next|__nuxt|___gatsby|"
    r"main-app)["'][^>]*>\s*(?:<div[^>]*>\s*</div>\s*)?</div>"""
    r"""|cf-browser-verification|challenge-platform|_Incapsula_Resource|captcha-delivery""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the kind of a page is seen from. `seen` is all the text of the page, or "" where the article is long."""

    url: str
    title: str
    text: str
    markup: str
    is_locked: bool
    seen: str


def kind_of_access(shape: Shape) -> str:
    """open, paywall, consent_wall, soft_404, script_only or empty."""
    length = len(shape.text)
    if length < SHORT_ARTICLE:
        if _is_error(shape):
            return "soft_404"
        if _is_consent(shape):
            return "consent_wall"
    if shape.is_locked or (length < TEASER and (PAYWALL_WORDS.search(shape.seen) or _has_wall(shape))):
        return "paywall"
    if length < SHORT_ARTICLE and (SCRIPT_WORDS.search(shape.seen) or _is_shell(shape)):
        return "script_only"
    return "open" if shape.text else "empty"


def _is_error(shape: Shape) -> bool:
    """True for a page that says in its title, or with hardly any other word, that there is nothing."""
    if ERROR_TITLE.search(shape.title):
        return True
    return len(shape.seen) < 600 and bool(ERROR_TITLE.search(shape.seen))


def _is_consent(shape: Shape) -> bool:
    """True for a page that wants cookies allowed before anything else."""
    parts = urlsplit(shape.url) if "[" not in shape.url else None
    if parts is not None and (CONSENT_HOST.search(parts.netloc) or CONSENT_HOST.search(parts.path)):
        return True
    words = CONSENT_WORDS.findall(shape.seen[:6_000])
    return len(words) >= 2 and len(shape.seen) < 6_000 and (not shape.text or bool(CONSENT_WORDS.search(shape.text)))


def _has_wall(shape: Shape) -> bool:
    """True where the markup has a barrier and the text ends early."""
    return len(shape.text) < SHORT_ARTICLE and bool(PAYWALL.search(shape.markup))


def _is_shell(shape: Shape) -> bool:
    """True for a page that scripts would fill."""
    if len(shape.seen.split()) >= FEW_WORDS:
        return False
    return bool(SCRIPT_SHELL.search(shape.markup)) or shape.markup.lower().count("<script") >= 3
