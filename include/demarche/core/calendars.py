"""Names of months and offsets of time zones as feeds write them. Tables only; `core.dates` reads dates."""

from demarche.core.letters import folded

# One line a month, from January on; names are folded (lower case, no diacritics). Languages: en, de, fr, es,
# it, pt, ca, gl, ro, nl, da, no, sv, fi, is, et, lv, lt, pl, cs, sk, hr, sl, sr, bs, mk, bg, ru, uk, be, el,
# hu, tr, az, id, ms, sq, eu, sw, ar (both calendars' Gregorian names), fa, ur, he, hi, bn, th, vi, ka, hy, am,
# ... A word that means different months in two languages stands where more feeds use it (listopad is November
# in Polish and Czech, October in Croatian).
_MONTHS = (
    "january januar jan januari janvier janv enero ene gennaio gen janeiro gener xaneiro ianuarie ian tammikuu "
    "tammikuuta tammi janúar jaanuar janvaris sausis sausio saus styczen stycznia sty leden ledna januara sijecanj "
    "sijecnja sij januaris јануар јануари јан януари яну январь января янв сiчень січень січня сiч січ студзень "
    "студзеня студз ιανουαριος ιανουαριου ιαν janos ocak oca yanvar janar urtarrila يناير كانون_الثاني جانفي ژانويه "
    "جنوري ינואר जनवरी জানুয়ারি ม.ค. มกราคม იანვარი იან հունվարի հունվար ጃንዋሪ 1月",
    "february februar feb februari fevrier fevr febrero febbraio febr fevereiro fev febrer febreiro februarie "
    "helmikuu helmikuuta helmi veebruar veebr februaris vasaris vasario vas luty lutego lut unor unora veljaca "
    "veljace velj фебруар фебруари феб февруари фев февраль февраля февр лютий лютого лют люты лютага φεβρουαριος "
    "φεβρουαριου φεβ subat sub fevral shkurt otsaila فبراير شباط فيفري فوريه فروري פברואר फरवरी फ़रवरी ফেব্রুয়ারি "
    "ก.พ. กุมภาพันธ์ თებერვალი თებ փետրվարի փետրվար ፌብሩዋሪ 2月",
    "march mar mars marzo marco marc maart mrt marts maerz marz mrz martie maaliskuu maaliskuuta maalis mart kovas "
    "kovo kov marzec marca brezen brezna bre ozujak ozujka ozu marec март мар марта березень березня бер сакавiк "
    "сакавік сакавіка μαρτιος μαρτιου μαρ marcius mac martxoa machi مارس آذار اذار مارت مارچ מרץ मार्च মার্চ มี.ค. "
    "มีนาคม მარტი მარ մարտի մարտ ማርች 3月",
    "april apr avril avr abril abr aprile aprilie huhtikuu huhtikuuta huhti aprill aprilis balandis balandzio bal "
    "kwiecien kwietnia kwi duben dubna dub travanj travnja tra април апр апрель апреля квiтень квітень квітня квіт "
    "красавік красавіка απριλιος απριλιου απρ nisan nis aprel prill apirila aprili ابريل نيسان افريل آوريل اوريل "
    "اپريل אפריל अप्रैल এপ্রিল เม.ย. เมษายน აპრილი აპრ ապրիլի ապրիլ ኤፕሪል aprils 4月",
    "may mai mayo maggio mag maio maig mei maj toukokuu toukokuuta touko maijs geguze geguzes geg kveten kvetna kve "
    "svibanj svibnja svi мај май мая травень травня трав травеня μαιος μαιου μαι majus mayis mayi maja maiatza مايو "
    "ايار ماي مه مئ מאי मई মে พ.ค. พฤษภาคม მაისი მაი մայիսի մայիս ሜይ 5月",
    "june jun juin junio giugno giu junho juny xuno iunie iun juni kesakuu kesakuuta kesa juuni junijs birzelis "
    "birzelio bir czerwiec czerwca cze cerven cervna cer lipanj lipnja јун јуни юни июнь июня июн червень червня "
    "черв чэрвень чэрвеня ιουνιος ιουνιου ιουν junius haziran haz iyun qershor ekaina يونيو حزيران جوان ژوئن جون "
    "יוני जून জুন มิ.ย. มิถุนายน ივნისი ივნ հունիսի հունիս ጁን 6月",
    "july jul juillet juil julio luglio lug julho juliol xullo iulie iul juli heinakuu heinakuuta heina juuli "
    "julijs liepa liepos lie lipiec lipca lip cervenec cervence srpanj srpnja јул јули юли июль июля июл липень "
    "липня лип лiпень ліпень ліпеня ιουλιος ιουλιου ιουλ julius temmuz tem iyul korrik uztaila يوليو تموز جويليه "
    "ژوئيه جولاي יולי जुलाई জুলাই ก.ค. กรกฎาคม ივლისი ივლ հուլիսի հուլիս ጁላይ 7月",
    "august aug aout agosto ago agost augustus elokuu elokuuta elo augusts rugpjutis rugpjucio rgp sierpien "
    "sierpnia sie srpen srpna srp kolovoz kolovoza kol август авг августа серпень серпня серп жнiвень жнівень "
    "жніўня жниуня αυγουστος αυγουστου αυγ augusztus agustus ogos ogo agu agustos avqust gusht abuztua agosti اغسطس "
    "آب اب اوت اگست אוגוסט अगस्त আগস্ট ส.ค. สิงหาคม აგვისტო აგვ օգոստոսի օգոստոս ኦገስት avgust avg 8月",
    "september sep sept septembre septiembre setiembre set settembre sett setembro setembre septembrie syyskuu "
    "syyskuuta syys septembris rugsejis rugsejo rgs wrzesien wrzesnia wrz zari rujan rujna ruj септембар септембри "
    "сеп септември сентябрь сентября сент сен вересень вересня вер верасень верасня σεπτεμβριος σεπτεμβριου σεπ "
    "σεπτ szeptember szept eylul eyl sentyabr shtator iraila septemba سبتمبر ايلول سپتامبر ستمبر ספטמבר सितंबर "
    "सितम्बर সেপ্টেম্বর ก.ย. กันยายน სექტემბერი სექ սեպտեմբերի սեպտեմբեր ሴፕቴምበር 9月",
    "october oktober oct okt octobre octubre ottobre ott outubro out outono octombrie lokakuu lokakuuta loka "
    "oktoober oktobris spalis spalio spa pazdziernik pazdziernika paz rijen rijna rij октобар октомври окт октябрь "
    "октября жовтень жовтня жовт кастрычнiк кастрычнік кастрычніка οκτωβριος οκτωβριου οκτ ekim eki oktyabr tetor "
    "urria oktoba اكتوبر تشرين_الاول اكتبر اکتوبر אוקטובר अक्टूबर অক্টোবর ต.ค. ตุลาคม ოქტომბერი ოქტ հոկտեմբերի "
    "հոկտեմբեր ኦክቶበር oktobar 10月",
    "november nov novembre noviembre novembro noiembrie noi marraskuu marraskuuta marras novembris lapkritis "
    "lapkricio lap listopad listopada lis listopadu studeni studenoga stu новембар ноември ное ноябрь ноября нояб "
    "листопад листопада лист лiстапад лістапад лістапада νοεμβριος νοεμβριου νοε νοεμ kasim kas noyabr nentor "
    "azaroa novemba نوفمبر تشرين_الثاني نوامبر نومبر נובמבר नवंबर नवम्बर নভেম্বর พ.ย. พฤศจิกายน ნოემბერი ნოე "
    "նոյեմբերի նոյեմբեր ኖቬምበር novembar 11月",
    "december dec dez dezember decembre diciembre dic dicembre dezembro desembre decembrie joulukuu joulukuuta "
    "joulu desember des detsember dets decembris gruodis gruodzio grd grudzien grudnia gru prosinec prosince pro "
    "prosinac prosinca децембар декември дек декабрь декабря грудень грудня груд снежань снежня δεκεμβριος "
    "δεκεμβριου δεκ aralik ara dekabr dhjetor abendua desemba ديسمبر كانون_الاول دسامبر دسمبر דצמבר दिसंबर दिसम्बर "
    "ডিসেম্বর ธ.ค. ธันวาคม დეკემბერი დეკ դեկտեմբերի դեկտեմբեր ዲሴምበር decembar disember 12月",
)  # fmt: skip

# Minutes east of Greenwich. Abbreviations that several countries use mean here what most feeds mean by them.
ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "ist": 330, "cet": 60, "cest": 120,
    "mez": 60, "mesz": 120, "met": 60, "mest": 120, "eet": 120, "eest": 180, "msk": 180, "мск": 180, "msd": 240,
    "trt": 180, "idt": 180, "ast": -240, "adt": -180, "est": -300, "edt": -240, "et": -300, "cst": -360,
    "cdt": -300, "ct": -360, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "pt": -480, "akst": -540,
    "akdt": -480, "hst": -600, "nst": -210, "ndt": -150, "brt": -180, "brst": -120, "art": -180, "clt": -240,
    "clst": -180, "cot": -300, "pet": -300, "vet": -240, "bot": -240, "gst": 240, "irst": 210, "irdt": 270,
    "aft": 270, "pkt": 300, "uzt": 300, "npt": 345, "bdt": 360, "mmt": 390, "ict": 420, "wib": 420, "wita": 480,
    "wit": 540, "hkt": 480, "sgt": 480, "pht": 480, "myt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570,
    "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "eat": 180, "cat": 120, "wat": 60, "sast": 120,
    "uhr": 0,
}  # fmt: skip

# Words for the half of the day: before and after noon.
FORENOON = frozenset(("am", "a.m.", "a.m", "上午", "午前", "오전", "ص", "πμ", "π.μ.", "öö", "de."))
AFTERNOON = frozenset(("pm", "p.m.", "p.m", "下午", "午後", "오후", "م", "μμ", "μ.μ.", "du."))


def _table() -> dict[str, int]:
    """Month numbers by folded name; a name that two months claim belongs to the first."""
    table: dict[str, int] = {}
    for number, names in enumerate(_MONTHS, start=1):
        for name in names.split():
            table.setdefault(folded(name).replace("_", " ").strip("."), number)
    return table


MONTHS = _table()
SHORTEST = 3  # letters that must agree when a name is abbreviated


def month_number(word: str) -> int:
    """The month, 1 to 12, that a word names in any of the languages, or 0; abbreviations count if unambiguous."""
    name = folded(word).strip(".,")
    if name in MONTHS:
        return MONTHS[name]
    if len(name) < SHORTEST:
        return 0
    meant = {number for full, number in MONTHS.items() if full.startswith(name)}
    return meant.pop() if len(meant) == 1 else 0
