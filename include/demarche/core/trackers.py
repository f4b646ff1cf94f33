"""Tables of the address parameters that say where a reader came from, not what is read.

Data only; `core.urls` applies it. Names are in lower case. A name goes here only if no page is chosen by it:
`id`, `p`, `article`, `page`, `lang`, `sort` and their like never do.
"""

import re

# Every name that begins so.
TRACKER_PREFIXES = (
    "utm_",  # Google Analytics and everybody since
    "at_",  # Piano (AT Internet); the BBC
    "mtm_",  # Matomo
    "matomo_",
    "pk_",  # Piwik
    "piwik_",
    "hsa_",  # HubSpot advertisements
    "__hs",  # HubSpot
    "_hs",
    "ns_",  # comScore; BBC, CNN
    "wt_",  # Webtrekk / Mapp; Zeit, Welt
    "wt.",
    "ga_",
    "guce_",  # Yahoo's consent pages
    "trk_",
    "oly_",
    "vero_",
    "lmd_",  # Le Monde
    "sara_",  # Spiegel
    "aspsessionid",
    "intlink_",  # BBC
    "pinned_post_",
    "echobox",
)


def _names(table: str) -> frozenset[str]:
    """The entries of a table that is written as words."""
    return frozenset(table.split())


TRACKERS = _names(  # Advertising and analytics clicks: Google, Meta, Microsoft, Yandex, TikTok, X, Pinterest, LinkedIn
    "fbclid fb_action_ids fb_action_types fb_ref fb_source fbadid gclid gclsrc dclid gbraid wbraid srsltid msclkid "
    "yclid ysclid yandexclid ymclid ttclid twclid epik li_fat_id igshid igsh rb_clickid irclickid irgwc wickedid "
    "s_kwcid ef_id gad_source gad_campaignid _ga _gl _gid _openstat roistat erid __twitter_impression "
    # Mail tools: Mailchimp, Marketo, Klaviyo, Drip, MailerLite
    "mc_cid mc_eid mkt_tok _ke _kx __s ml_subscriber ml_subscriber_hash ck_subscriber_id dm_i "
    # Campaigns of publishers and their tools: Adobe, AT Internet, comScore, Parse.ly
    "cmp cmpid cmp_tu cmp_bunit camp icid ncid ocid intcmp int_cmp s_cid xtor xtcr xtref smid smtyp ito ico "
    "wpisrc wpmm itid fsrc etear ftcamp ftag intcid mbid srnd sref tpcc maca traffic_source "
    "taid feedtype feedname ssm iref n_cid wtmc wtrid wtzmc dicbo cx_testid cx_testvariant "
    "cx_artpos obref obrefid obinsite outbrainclickid tblci tblclickid vgnextrefresh "
    # Shares
    "soc_src soc_trk sr_share share_id sharetoken sharetype shareid shared_via ref_src ref_url refsrc referringsource "
    "linkid link_location link_source tsmg vertical_name __source spref spm scm share_source share_medium "
    # Walls and sessions
    "guccounter phpsessid jsessionid cfid cftoken unlocked_article_code accesstoken gift giftcopy "
    "_x_tr_sl _x_tr_tl _x_tr_hl _x_tr_pto _x_tr_hist _x_tr_sch"
)

_SOURCES = (
    r"(?:[\w.-]*[_.-])?(?:rss|rdf|atom|feeds?|syndication|newsletters?|nl|e?mail|twitter|tw|facebook|fb|whatsapp|telegram"
    r"|linkedin|reddit|instagram|youtube|push|pushwoosh|social|share|app|android|ios|mobile|google|googlenews|gnews"
    r"|yahoo|bing|flipboard|smartnews|upday|home|homepage|hp|front|topnews|partner|amp|copy|web|widget|related"
    r"|readmore|recommended|trending|popular|mostread|headline|header|footer|menu|search)(?:[_.:-][\w.:-]*|\d*)?"
)
_WORDS = re.compile(_SOURCES)

# Names that track only with such values; with others they may choose the page.
TRACKER_VALUES = {
    "ref": re.compile(r"(?!\d+$)[\w.:/ -]*"),  # ref=RHPC-BH-I0 tracks, ref=48213 is a number of something
    "referrer": re.compile(r".*", re.DOTALL),
    "source": _WORDS,
    "src": _WORDS,
    "from": _WORDS,
    "via": _WORDS,
    "medium": _WORDS,
    "campaign": _WORDS,
    "channel": re.compile(r"rss|social|(?:news)?feeds?"),
    "origin": _WORDS,
    "partner": _WORDS,
    "feed": _WORDS,
    "rss": re.compile(r"|1|true|yes|rss|feed"),
    "mod": re.compile(r"rss_\w+"),
    "share": re.compile(r"|1|true|[a-z]+"),
    "sh": re.compile(r"[0-9a-f]{8,}"),  # Forbes
    "_r": re.compile(r"\d"),
}

# Names that only track on these sites (the registrable domain).
SITE_TRACKERS = {
    "nytimes.com": _names(
        "partner emc instance_id segment_id user_id regi_id te nl campaign_id module pgtype action rref clicksource "
        "contentcollection region auth login referringsource mcubz"
    ),
    "washingtonpost.com": _names("tid nid hpid arc404 carta-url"),
    "wsj.com": _names("mod reflink st page_pos tesla mg"),
    "cnn.com": _names("iid hpt eref cid dgr"),
    "bloomberg.com": _names("in_source leadsource embedded-checkout sref"),
    "reuters.com": _names("rpc"),
    "theguardian.com": _names("utm amp"),
    "bbc.co.uk": _names("post_id xtor facebook_page"),
    "bbc.com": _names("post_id xtor facebook_page"),
    "ft.com": _names("segmentid desktop ft_site"),
    "economist.com": _names("fsrc"),
    "politico.com": _names("nname nid nrid nlid cid"),
    "politico.eu": _names("nname nid nrid nlid cid"),
    "npr.org": _names("ft f t"),
    "cbsnews.com": _names("cid"),
    "nbcnews.com": _names("cid"),
    "go.com": _names("cid cmp yptr"),
    "msn.com": _names("cvid ei pc gt1 fullscreen li ocid"),
    "yahoo.com": _names(".tsrc tsrc bcmt uh_test"),
    "forbes.com": _names("ss sh partner"),
    "spiegel.de": _names("dpg sara"),
    "sueddeutsche.de": _names("reduced ieds"),
    "faz.net": _names("gepc premium"),
    "welt.de": _names("cid"),
    "zeit.de": _names("page_from"),
    "handelsblatt.com": _names("ticket share"),
    "corriere.it": _names("refresh_ce refresh_ce-cp"),
    "elpais.com": _names("rel prm id_externo_rsoc event_log prod int autoplay"),
    "elmundo.es": _names("cid s_kw"),
    "indiatimes.com": _names("mdr pcode"),
    "ndtv.com": _names("pfrom site ndtv_prevstory"),
    "scmp.com": _names("module pgtype"),
    "straitstimes.com": _names("close"),
    "haaretz.com": _names("lts"),
    "youtube.com": _names("feature si pp ab_channel"),
    "twitter.com": _names("s t"),
    "x.com": _names("s t"),
    "medium.com": _names("source"),
    "foreignpolicy.com": _names("tpcc"),
    "dailymail.co.uk": _names("ns_mchannel"),
    "asahi.com": _names("iref"),
    "nikkei.com": _names("n_cid"),
    "iz.ru": _names("main_click"),
    "rbc.ru": _names("from"),
    "lenta.ru": _names("from"),
    "dawn.com": _names("preview"),
}
