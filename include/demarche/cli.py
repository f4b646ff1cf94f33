"""`demarche …`: the words and options of the command line. What they do is in demarche.commands and demarche.steps."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from getpass import getuser
from pathlib import Path

from demarche import __version__
from demarche.model import ARTICLES, STORIES, Feed, FeedKind, Subject
from demarche.settings import Settings, SettingsError, read_settings

EPILOG = """
Lines are JSON objects, one a line, UTF-8: {"id", "title", "summary"?, "text"?, "url"?, "lang"?, "outlet"?, "date"?}.
"lang" is what the source declares: a code or tag ("de", "de-AT") or a name ("German"). The text's own words outrank it.
A bad line gets a message with its number on standard error; the good ones are answered, and the exit status is 1.
"""
CODE_EPILOG = """
Each line gets one coding: one act, between at most four parties, each an actor or several that stand together. Title
and the first 700 characters of the summary are read; of the text only where there is no summary.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        return _run(options, read_settings())
    except SettingsError as error:
        print(f"demarche: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has gone, as `head` does. Standard output must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if options.verbose or not _is_expected(error):
            raise
        print(f"demarche: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="demarche",
        description="Watches news feeds for migration diplomacy.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"demarche {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what is done, and show tracebacks")
    words = parser.add_subparsers(dest="word", required=True, metavar="COMMAND")

    judge = words.add_parser("judge", help="lines in, verdicts out: is it migration diplomacy, and why?", epilog=EPILOG)
    judge.add_argument(
        "--explain", action="store_true", help="add each signal's part in the score; at a terminal, as text for people"
    )
    judge.add_argument(
        "--format",
        dest="form",
        choices=("text", "jsonl"),
        default="",
        help="text: explained for people, also in a pipe",
    )
    words.add_parser("code", help="lines in, codings out: who acts on whom, with what?", epilog=EPILOG + CODE_EPILOG)
    words.add_parser("group", help="lines in arrival order in, articles and stories out", epilog=EPILOG)

    parse = words.add_parser("parse", help="a feed document in, one line per entry out")
    parse.add_argument("file", nargs="?", default="-", help="the document; standard input without it")
    parse.add_argument("--feed", action="store_true", help="one line about the feed itself instead")
    extract = words.add_parser("extract", help="a web page in, its text and metadata out")
    extract.add_argument("file", nargs="?", default="-", help="the page; standard input without it")
    for each in (parse, extract):
        each.add_argument("--url", default="", help="address it came from; relative links are resolved against it")
        each.add_argument("--content-type", default="", help="its Content-Type header")

    collect = words.add_parser("collect", help="fetch the feeds that are due into the archive")
    collect.add_argument("--key", help="quarter hour to file under; the one that ended last without it")
    build = words.add_parser("build", help="build stories from the archive, and publish")
    build.add_argument("--key", help="a quarter hour (2026-11-22T18:15:00) or a day (2026-11-22)")
    rebuild = words.add_parser("rebuild", help="build again from the archive: some days, or the whole warehouse")
    rebuild.add_argument(
        "--all", dest="is_all", action="store_true", help="into a new warehouse; also heals a damaged one"
    )
    rebuild.add_argument("--force", action="store_true", help="publish also where many rows are lost")
    history = words.add_parser("history", help="what the archive holds, by day: how far back a backfill reaches")
    for each in (build, rebuild, history):
        each.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY", help="first day (2026-11-01)")
        each.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", help="last day, included")
    _add_import(history.add_subparsers(dest="action", metavar="ACTION"))
    publish = words.add_parser("publish", help="replace the copy that analysts open")
    publish.add_argument("--force", action="store_true", help="also where it has lost many of its rows")

    archive = words.add_parser("archive", help="keep the archive small: compact months, let go of what is old")
    _add_archive_actions(archive.add_subparsers(dest="action", required=True, metavar="ACTION"))
    backup = words.add_parser("backup", help="copy warehouse, state, decisions and archive, with a manifest")
    backup.add_argument("--to", dest="folder", type=Path, required=True, metavar="FOLDER")
    backup.add_argument("--without-archive", action="store_true", help="where the archive is backed up by other means")
    restore = words.add_parser("restore", help="prove a backup and bring it back")
    restore.add_argument("--from", dest="folder", type=Path, required=True, metavar="FOLDER")
    restore.add_argument("--force", action="store_true", help="overwrite what is there")

    sql = words.add_parser("sql", help="ask the published copy")
    sql.add_argument("query", help='such as "FROM mart.stories"')
    feeds = words.add_parser("feeds", help="the sources: list, test, add, mute, import, export")
    _add_feed_actions(feeds.add_subparsers(dest="action", required=True, metavar="ACTION"))
    sql.add_argument("--format", dest="form", choices=("table", "csv", "jsonl"), default="table")

    _add_reviewing(words)
    articles = words.add_parser("articles", help="merge and split copies of a report by hand; what was decided")
    _add_corrections(articles.add_subparsers(dest="action", required=True, metavar="ACTION"), ARTICLES)
    stories = words.add_parser("stories", help="merge and split stories by hand; what was decided")
    _add_corrections(stories.add_subparsers(dest="action", required=True, metavar="ACTION"), STORIES)
    export = words.add_parser("export", help="the analysts' tables as files, with a data dictionary and a citation")
    export.add_argument(
        "--to", dest="folder", type=Path, required=True, metavar="FOLDER", help="made where it is missing"
    )
    export.add_argument("--format", dest="form", choices=("parquet", "csv"), default="parquet")
    export.add_argument(
        "--views", nargs="+", default=[], metavar="VIEW", help="such as articles events; all without it"
    )

    words.add_parser("demo", help="two days of an invented newsroom in under a minute, without a network")
    health = words.add_parser("doctor", help="is everything that a run needs in place?")
    health.add_argument("--deep", action="store_true", help="read every byte of archive and databases, too")
    airflow = words.add_parser("airflow", help="run a command of Airflow's in the environment of `make run`")
    airflow.add_argument("rest", nargs=argparse.REMAINDER, help="such as: backfill create --dag-id rebuild_days …")
    words.add_parser("tables", help="the analysts' tables with their comments, as Markdown")
    return parser


def _add_reviewing(words: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    why = words.add_parser("why", help="the life of an entry: fetched when, judged how and why, merged with what")
    why.add_argument("name", help="address of the report, or id of an entry or article")
    label = words.add_parser("label", help="say yourself whether a report is relevant; it outranks the judge")
    label.add_argument("name", nargs="?", help="address of the report, or id of an entry or article")
    label.add_argument("label", nargs="?", type=int, choices=(0, 1, 2), help="2 relevant, 1 borderline, 0 not")
    label.add_argument("--by", default="", metavar="NAME", help="who says so")
    label.add_argument("--note", default="", help="why")
    label.add_argument("--export", action="store_true", help="print the labels that stand, as `train` reads them")
    rejudge = words.add_parser("rejudge", help="what the rules of today would decide otherwise; a diff of verdicts")
    rejudge.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY", required=True)
    rejudge.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", required=True)
    for each in (label, rejudge):
        each.add_argument("--apply", action="store_true", help="build the days that change again, and publish")
    for each in (why, rejudge):
        each.add_argument("--format", dest="form", choices=("text", "jsonl"), default="text")
    train = words.add_parser("train", help="fit the judge's weights to labelled reports; prints held-back scores")
    train.add_argument("files", nargs="*", type=Path, help="JSON lines with label and title, or label and key")
    train.add_argument("--texts", nargs="*", type=Path, default=[], help="JSON lines that hold the texts of keys")
    train.add_argument(
        "--chosen", nargs="*", type=Path, default=[], help="labelled files whose reports a model chose as hard"
    )
    train.add_argument(
        "--composed", nargs="*", type=Path, default=[], help="JSON lines of reports written for training"
    )
    train.add_argument("--readings", type=Path, help="close readings of what taught the reader; fits its weights, too")
    train.add_argument(
        "--complete", nargs="*", type=Path, default=[], help="labels of all entries of some months: measured apart"
    )
    train.add_argument("--embedder", default="", help="also fit the model that reads this embedder's vectors")
    train.add_argument(
        "--out", type=Path, help="model file to write; else that of DEMARCHE_RULES, else DEMARCHE_HOME/model"
    )


def _run_reviewing(options: argparse.Namespace, settings: Settings) -> int:
    """The words about verdicts."""
    from demarche.commands import reviewing

    now, out = datetime.now(UTC), sys.stdout
    match options.word:
        case "why":
            return reviewing.why(settings, options.name, out, form=options.form)
        case "label" if options.export:
            return reviewing.export_labels(settings, out)
        case "label":
            if options.name is None or options.label is None:
                print(
                    "demarche label: give the report and its label: demarche label ADDRESS 2 --by NAME", file=sys.stderr
                )
                return 2
            return reviewing.label(
                settings,
                now,
                options.name,
                options.label,
                by=options.by,
                note=options.note,
                is_applied=options.apply,
            )
        case "rejudge":
            return reviewing.rejudge(
                settings,
                now,
                out,
                first=options.first,
                last=options.last,
                form=options.form,
                is_applied=options.apply,
            )
        case _:
            return reviewing.train(
                settings,
                options.files,
                texts=options.texts,
                composed=options.composed,
                chosen=options.chosen,
                readings=options.readings,
                complete=options.complete,
                embedder=options.embedder,
                to=options.out,
            )


def _run(options: argparse.Namespace, settings: Settings) -> int:
    """Call what the word means. Imported here, so that `demarche --help` answers at once."""
    now, out = datetime.now(UTC), sys.stdout
    match options.word:
        case "judge" | "code" | "group" | "parse" | "extract":
            return _run_lines(options, settings)
        case "feeds":
            return _run_feeds(options, settings)
        case "why" | "label" | "rejudge" | "train":
            return _run_reviewing(options, settings)
        case "articles":
            return _run_corrections(options, settings, ARTICLES)
        case "stories":
            return _run_corrections(options, settings, STORIES)
        case "airflow":
            from demarche.standalone import airflow

            return airflow(settings, options.rest)
        case "demo":
            from demarche.commands.demo import demo

            return demo(settings, out)
        case "export":
            from demarche.commands.exporting import export

            return export(settings, now, folder=options.folder, form=options.form, views=options.views)
        case "doctor":
            from demarche.commands.doctor import doctor

            return doctor(settings, now, out, is_deep=options.deep)
        case "archive" | "backup" | "restore":
            return _run_keeping(options, settings)
    from demarche.commands import running

    match options.word:
        case "collect":
            return running.collect(settings, now, key=options.key)
        case "build":
            return running.build(settings, now, key=options.key, first=options.first, last=options.last)
        case "rebuild":
            if options.is_all:
                return running.rebuild(settings, now, is_forced=options.force)
            if not (options.first and options.last):
                print("demarche: rebuild wants --from DAY --to DAY, or --all", file=sys.stderr)
                return 2
            return running.build(settings, now, key=None, first=options.first, last=options.last)
        case "publish":
            return running.publish(settings, now, is_forced=options.force)
        case "sql":
            return running.sql(settings, options.query, out, form=options.form)
        case "history" if options.action == "import":
            return _run_import(options, settings, now)
        case "history":
            return running.history(settings, out, first=options.first, last=options.last)
        case _:
            return running.tables(out)


def _add_archive_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    compact = actions.add_parser("compact", help="make the many small files of a finished month into a few a day")
    compact.add_argument("--month", required=True, help="such as 2026-10")
    expire = actions.add_parser("expire", help="drop bodies and texts older than the settings keep them")
    expire.add_argument("--yes", action="store_true", help="do it; without it only the counts are said")
    expire.add_argument("--also-cited", action="store_true", help="also what published rows cite")


def _run_keeping(options: argparse.Namespace, settings: Settings) -> int:
    """The words that keep the past."""
    from demarche.commands import keeping

    now = datetime.now(UTC)
    match options.word:
        case "backup":
            return keeping.back_up(settings, now, target=options.folder, with_archive=not options.without_archive)
        case "restore":
            return keeping.restore(settings, now, source=options.folder, is_forced=options.force)
    if options.action == "compact":
        return keeping.compact(settings, now, month=options.month)
    return keeping.expire(settings, now, also_cited=options.also_cited, is_sure=options.yes)


def _add_import(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bring = actions.add_parser("import", help="bring the past of other archives into this one; may be run again")
    bring.add_argument("source", help="wayback, ccnews, gdelt, gdelt-doc, sitemaps, paged-feeds or files")
    bring.add_argument("paths", nargs="*", help="files and folders, for files; lists of feeds (OPML) for others")
    bring.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY", required=True)
    bring.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", required=True, help="included")
    for name, about in (
        ("feeds", "feed ids, or beginnings with a star: bbc-*"),
        ("hosts", "only these hosts and those below them"),
        ("languages", "only these, such as de,fr"),
        ("countries", "that a row of GDELT's must name, such as DE,TR"),
        ("themes", "of GDELT; those that speak of migration without it"),
        ("columns", "of a table: ours=theirs, such as url=link,date=day"),
    ):
        bring.add_argument(f"--{name}", default="", metavar="A,B", help=about)
    bring.add_argument("--pages", choices=("none", "wayback", "live"), default="none", help="where pages come from")
    bring.add_argument("--timezone", default="UTC", help="of times in file names and tables that name none")
    bring.add_argument("--max-pages", type=int, default=200, help="of one feed and month, or of one sitemap")
    bring.add_argument("--dry-run", action="store_true", help="only say how many requests, bytes and hours it takes")
    bring.add_argument("--max-requests", type=int, default=0, help="stop after so many; run again to go on")
    bring.add_argument("--max-megabytes", type=float, default=0, help="stop after so many")
    bring.add_argument("--max-minutes", type=float, default=0, help="stop after so many")


def _run_import(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    """`history import`."""
    from demarche.commands import history

    return history.import_past(settings, now, options)


def _add_feed_actions(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = actions.add_parser("list", help="the feeds that are collected")
    listed.add_argument("--format", dest="form", choices=("table", "jsonl"), default="table")
    check = actions.add_parser("check", help="fetch each once, keep nothing, say how each did")
    check.add_argument("--only", default="", metavar="TEXT", help="only feeds with this text in their id")
    add = actions.add_parser("add", help="add a feed of your own")
    for name in ("id", "url", "outlet", "country", "language"):
        add.add_argument(f"--{name}", required=True)
    add.add_argument("--kind", choices=[str(kind) for kind in FeedKind], default="press")
    add.add_argument("--topic", default="")
    mute = actions.add_parser("mute", help="stop polling a feed")
    mute.add_argument("id")
    mute.add_argument("--reason", required=True)
    actions.add_parser("unmute", help="poll it again").add_argument("id")
    opml = actions.add_parser("import-opml", help="add the feeds of an OPML file")
    opml.add_argument("file", type=Path)
    opml.add_argument("--country", default="", help="for feeds that do not say theirs")
    opml.add_argument("--language", default="", help="for feeds that do not say theirs")
    actions.add_parser("export-opml", help="the feeds that are collected, as OPML")
    actions.add_parser("discover", help="the feeds that a web page names").add_argument("url")
    actions.add_parser("table", help="the shipped pack by country and language, as Markdown")


def _add_corrections(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", subject: Subject) -> None:
    whole, part, parts = subject.whole, subject.part, subject.parts
    merge = actions.add_parser("merge", help=f"say that one {whole} is part of another")
    merge.add_argument("whole", metavar=whole.upper(), help=f"id of the {whole} that ends")
    merge.add_argument("into", metavar="INTO", help=f"id of the {whole} that takes it in")
    split = actions.add_parser("split", help=f"say that some {parts} are {subject.with_article} of their own")
    split.add_argument("whole", metavar=whole.upper(), help=f"id of the {whole} that they leave")
    split.add_argument(
        f"--{parts}", dest="parts", nargs="+", required=True, metavar=part.upper(), help=f"ids of those {parts}"
    )
    withdraw = actions.add_parser("withdraw", help="take a merge or split back")
    withdraw.add_argument("decision", metavar="DECISION", help=f"its id, see `demarche {subject.wholes} decisions`")
    for each in (merge, split, withdraw):
        each.add_argument("--by", default="", help="who decides; the login name without it")
        each.add_argument("--note", default="", help="why")
    decisions = actions.add_parser("decisions", help="what was decided, by whom and when")
    decisions.add_argument("--format", dest="form", choices=("table", "jsonl"), default="table")
    actions.add_parser("apply", help="lay the decisions over articles and stories now, and publish")


def _run_corrections(options: argparse.Namespace, settings: Settings, subject: Subject) -> int:
    """The actions of `articles` and `stories`."""
    from demarche.commands import correcting

    now, out = datetime.now(UTC), sys.stdout
    match options.action:
        case "decisions":
            return correcting.list_decisions(settings, subject, out, form=options.form)
        case "apply":
            return correcting.apply(settings, now)
    said = {"by": options.by or getuser(), "note": options.note}
    match options.action:
        case "merge":
            return correcting.merge(settings, now, subject, options.whole, options.into, **said)
        case "split":
            return correcting.split(settings, now, subject, options.whole, options.parts, **said)
        case _:
            return correcting.withdraw(settings, now, subject, options.decision, **said)


def _run_feeds(options: argparse.Namespace, settings: Settings) -> int:
    """The actions of `feeds`."""
    from demarche.commands import feeds

    now, out = datetime.now(UTC), sys.stdout
    match options.action:
        case "list":
            return feeds.list_feeds(settings, out, form=options.form)
        case "check":
            return feeds.check_feeds(settings, now, out, only=options.only)
        case "add":
            feed = Feed(
                feed_id=options.id,
                url=options.url,
                outlet=options.outlet,
                country=options.country,
                language=options.language,
                kind=FeedKind(options.kind),
                topic=options.topic,
            )
            return feeds.add_feed(settings, feed)
        case "mute":
            return feeds.mute_feed(settings, options.id, reason=options.reason, on=now.date())
        case "unmute":
            return feeds.mute_feed(settings, options.id, reason="", on=now.date())
        case "import-opml":
            return feeds.import_feeds(settings, options.file, country=options.country, language=options.language)
        case "export-opml":
            return feeds.export_feeds(settings, out)
        case "discover":
            return feeds.discover(settings, options.url, out)
        case _:
            return feeds.feeds_table(out)


def _run_lines(options: argparse.Namespace, settings: Settings) -> int:
    """The words that answer lines or documents."""
    from demarche.commands import lines

    out = sys.stdout
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    match options.word:
        case "judge":
            return lines.judge(settings, sys.stdin, out, is_explained=options.explain, form=options.form)
        case "code":
            return lines.code(settings, sys.stdin, out)
        case "group":
            return lines.group(settings, sys.stdin, out)
        case "parse":
            return lines.parse(
                settings, options.file, out, url=options.url, content_type=options.content_type, only_feed=options.feed
            )
        case _:
            return lines.extract(options.file, out, url=options.url, content_type=options.content_type)


def _is_expected(error: Exception) -> bool:
    """Whether an error is one that its message explains: no traceback is shown then."""
    return type(error).__module__.startswith("demarche.") or isinstance(error, OSError)


if __name__ == "__main__":
    sys.exit(main())
