# ruff: noqa: PLR1711 - marimo ends every cell with a return
import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Coverage of a build")


with app.setup:
    import json
    import tempfile
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    import logmine
    from logmine.report import tell_story


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    # Coverage of a build

    What a build of logmine kept, what it dropped and why, and how the dataset is spread over tasks, topics and difficulty.

    `marimo edit notebooks/explore.py -- --build FOLDER` opens a build of your own; in Jupyter, change `default` below.
    Where there is no such build, `sample_logs` is built into a temporary folder.
    """)
    return


@app.cell
def _():
    default = "dataset"

    def beside(name):
        """Return a folder of the project, from its root or from `notebooks/`."""
        return next((path for path in (Path(name), Path("..") / name) if path.is_dir()), Path(name))

    arguments = mo.cli_args() if mo.app_meta().mode in ("edit", "run", "script") else {}
    folder = beside(str(arguments.get("build") or default))
    if not (folder / "manifest.json").is_file():
        folder = logmine.build(str(beside("sample_logs")), tempfile.mkdtemp(prefix="logmine-")).out
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    print(f"{folder}\n{manifest['verdict']['name']}: {manifest['verdict']['reason']}")
    return folder, manifest


@app.cell
def _(folder):
    decisions = pl.read_parquet(folder / "decisions.parquet")
    dropped = pl.read_parquet(folder / "dropped.parquet")
    return decisions, dropped


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Funnel

    Log records up to the calls; from there on distinct prompts.
    """)
    return


@app.cell
def _(decisions, manifest):
    checkable = pl.col("grader").is_not_null() & (pl.col("grader") != "judge")
    steps = {
        "log records": manifest["ledger"][0]["n_in"],
        "chat calls": sum(decisions["request_ids"].list.len()),
        "distinct prompts": decisions.height,
        "with a grader": decisions.filter(checkable).height,
        "with a reference": decisions.filter(pl.col("reference_answer").is_not_null()).height,
        "of known difficulty": decisions.filter(pl.col("band") != "unknown").height,
        "in range": decisions.filter(pl.col("band") == "in_range").height,
        "selected": decisions.filter(pl.col("decision") == "selected").height,
    }
    funnel = pl.DataFrame({"step": list(steps), "count": list(steps.values())})
    bars = alt.Chart(funnel).encode(
        x=alt.X("count:Q", scale=alt.Scale(type="symlog"), title="count, symmetric log scale"),
        y=alt.Y("step:N", sort=None, title=None),
    )
    bars.mark_bar() + bars.mark_text(align="left", dx=4).encode(text=alt.Text("count:Q", format=","))
    return


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Tasks

    The applications and their templates, with the grader that their outputs call for.
    """)
    return


@app.cell
def _(manifest):
    tasks = pl.DataFrame(manifest["summary"]["tasks"], infer_schema_length=None)
    tasks.select("name", "grader", "n_requests", "n_prompts", "n_with_reference", "n_in_range", "n_selected", "mean_pass_rate")
    return (tasks,)


@app.cell
def _(tasks):
    alt.Chart(tasks).mark_circle(size=120).encode(
        x=alt.X("n_prompts:Q", scale=alt.Scale(type="symlog"), title="distinct prompts"),
        y=alt.Y("mean_pass_rate:Q", scale=alt.Scale(domain=[0, 1]), title="mean pass rate"),
        color=alt.Color("grader:N"),
        tooltip=["name", "grader", "n_prompts", "n_with_reference", "n_selected", "mean_pass_rate"],
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Topics

    Length: distinct prompts. Color: mean pass rate, gray where no prompt of the topic was rated.
    """)
    return


@app.cell
def _(decisions, manifest):
    names = pl.DataFrame(manifest["summary"]["topics"], schema_overrides={"topic_id": pl.String}).select("topic_id", "name")
    topics = (
        decisions.drop_nulls("topic_id")
        .group_by("topic_id")
        .agg(n_prompts=pl.len(), n_selected=(pl.col("decision") == "selected").sum(), mean_pass_rate=pl.col("pass_rate").mean())
        .join(names, on="topic_id")
        .sort("topic_id")
    )
    alt.Chart(topics).mark_bar().encode(
        x=alt.X("n_prompts:Q", title="distinct prompts"),
        y=alt.Y("name:N", sort=alt.EncodingSortField("topic_id"), title=None, axis=alt.Axis(labelLimit=300)),
        color=alt.Color("mean_pass_rate:Q", scale=alt.Scale(domain=[0, 1], scheme="viridis"), title="mean pass rate"),
        tooltip=["topic_id", "name", "n_prompts", "n_selected", "mean_pass_rate"],
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Difficulty

    Pass rates of the prompts that were rated. RFT learns from the middle; the ends teach nothing.
    """)
    return


@app.cell
def _(decisions):
    alt.Chart(decisions.drop_nulls("pass_rate").select("pass_rate", "band", "band_evidence")).mark_bar().encode(
        x=alt.X("pass_rate:Q", bin=alt.Bin(step=0.1, extent=[0, 1]), title="pass rate"),
        y=alt.Y("count():Q", title="distinct prompts"),
        color=alt.Color("band:N", sort=["too_hard", "in_range", "too_easy", "unknown"]),
        tooltip=["band", "count()"],
    )
    return


@app.cell
def _(decisions):
    decisions.group_by("band", "band_evidence").agg(n_prompts=pl.len(), n_attempts=pl.col("n_attempts").sum()).sort("band", "band_evidence")
    return


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## What was dropped, and why

    First log records that did not become part of a prompt, then prompts that were not selected.
    """)
    return


@app.cell
def _(dropped):
    dropped.group_by("stage", "reason", "detail").agg(n_records=pl.len()).sort(
        ["n_records", "reason", "detail"], descending=[True, False, False]
    )
    return


@app.cell
def _(decisions):
    alt.Chart(decisions.select("decision", "grader")).mark_bar().encode(
        x=alt.X("count():Q", title="distinct prompts"),
        y=alt.Y("decision:N", sort="-x", title=None),
        color=alt.Color("grader:N"),
        tooltip=["decision", "grader", "count()"],
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## One prompt

    The story of a request or prompt; the same as `logmine explain`.
    """)
    return


@app.cell
def _(decisions):
    first = decisions.sort(decisions["decision"] != "selected", "prompt_id")["prompt_id"].head(1).to_list()
    record = mo.ui.text(value=first[0] if first else "", label="request or prompt id", full_width=True)
    record
    return (record,)


@app.cell
def _(folder, record):
    print(*(tell_story(folder, record.value) if record.value else ["no prompt in this build"]), sep="\n")
    return


if __name__ == "__main__":
    app.run()
