"""For authors: judging a repair shop, where every bug has its own light."""

from dataclasses import replace

from checks.outcomes import Outcome


def judge_repairs(shop, answers, judge_bug, text):
    """The `Outcome` of all bugs. `judge_bug(bug, function)` gives that of one."""
    answers = answers if isinstance(answers, tuple | list) else (answers,)
    blank = {"key": shop.key, "title": text["title"], "out_of": text["points"]}
    if len(answers) != len(shop.names):
        wanted = ", ".join(shop.names)
        return Outcome(
            status="incorrect",
            message=f"{shop.key} needs {len(shop.names)} functions: ({wanted}).",
            facts=(
                ("given", f"{len(answers)} value{'s' * (len(answers) != 1)}"),
                ("expected", wanted),
            ),
            **blank,
        )
    given = [getattr(answer, "__name__", "") for answer in answers]
    if given != list(shop.names) and set(given) == set(shop.names):
        wanted = ", ".join(shop.names)
        return Outcome(
            status="incorrect",
            message=f"The functions come in another order: pass ({wanted}).",
            facts=(("given", ", ".join(given)), ("expected", wanted)),
            **blank,
        )
    by_name = dict(zip(shop.names, answers, strict=True))
    outcomes = {
        holds: judge_bug(bug, by_name[bug.right.__name__])
        for holds, bug in shop.bugs.items()
    }
    repaired = sum(outcome.status == "correct" for outcome in outcomes.values())
    facts = tuple(
        (f"{'✓' if outcome.status == 'correct' else '✗'} bug {place}", holds)
        for place, (holds, outcome) in enumerate(outcomes.items(), start=1)
    )
    raised = [o for o in outcomes.values() if o.status == "raised"]
    if repaired == len(outcomes):
        return Outcome(status="correct", points=text["points"], facts=facts, **blank)
    if raised:
        first = raised[0]
        return Outcome(
            status="raised",
            points=text["points"] * repaired / len(outcomes),
            message=first.message,
            facts=first.facts + facts,
            trace=first.trace,
            arguments=first.arguments,
            **blank,
        )
    as_handed_out = all(
        outcome.status == "not attempted" or outcome.misconception
        for outcome in outcomes.values()
    )
    message = f"{repaired} of {len(outcomes)} bugs repaired."
    if as_handed_out:
        message = f"The functions still do what they did when handed out. {message}"
    more, arguments = _first_other_result(shop, outcomes, by_name, judge_bug)
    return Outcome(
        status="not attempted" if as_handed_out else "incorrect",
        points=text["points"] * repaired / len(outcomes),
        message=message,
        facts=facts + more,
        arguments=arguments,
        **blank,
    )


def _first_other_result(shop, outcomes, by_name, judge_bug):
    """Facts on the first red light whose function has been changed, and the arguments
    of the call that they show."""
    for place, (holds, outcome) in enumerate(outcomes.items(), start=1):
        if outcome.status == "incorrect" and not outcome.misconception:
            bug = shop.bugs[holds]
            name = bug.right.__name__
            if shop.wrong.get(holds):
                known = replace(bug, wrong=shop.wrong[holds])
                outcome = judge_bug(known, by_name[name])
            said = f"on bug {place}", f"{name}: {outcome.message}"
            return (said, *outcome.facts), outcome.arguments
    return (), ()
