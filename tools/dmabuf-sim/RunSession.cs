using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;
using static System.FormattableString;

namespace DmaBufSim.Cli;

/// <summary>Runs the scenarios of one command line and reports on them.</summary>
internal sealed class RunSession(
    RunRequest request, ScenarioRunner runner, Terminal output, Terminal error, JsonReport? json)
{
    private const int MostListed = 10;

    private readonly int[] ends = new int[Enum.GetValues<RunEnd>().Length];
    private long steps;

    /// <summary>Runs them one after the other.</summary>
    /// <returns>The exit code: a crash outweighs a wrong outcome.</returns>
    public int Run(List<Scenario> scenarios, TraceSink? sink)
    {
        bool hasTranscript = request.HasTranscript(scenarios.Count);
        using Progress progress = new(error, isWanted: !hasTranscript || !output.IsInteractive);
        int widest = scenarios.Count == 0 ? 0 : scenarios.Max(scenario => scenario.File.Length);
        for (int i = 0; i < scenarios.Count; i++)
        {
            Scenario scenario = scenarios[i];
            TranscriptWriter writer = new(scenario, output.Write, request.Explain, output.Columns);
            int played = 0;
            json?.StartFile(scenario);
            RunResult result = Play(scenario, new RunOptions
            {
                Exact = request.Exact,
                KeepsChanges = request.Explain,
                Sink = sink,
                Played = step =>
                {
                    played++;
                    progress.Show(scenario.File, played, scenario.Steps.Length, "steps");
                    json?.Add(step);
                    if (hasTranscript)
                    {
                        writer.Write(step);
                    }
                },
            });
            json?.EndFile(result);
            progress.Clear();
            if (hasTranscript)
            {
                writer.Finish(result);
            }

            Summarize(result, hasTranscript ? "# " : "", widest);
            if (!hasTranscript && result.End != RunEnd.Passed)
            {
                List(result, writer);
            }

            steps += result.StepsPlayed;
            ends[(int)result.End]++;
            progress.Show("running", i + 1, scenarios.Count, "files");
        }

        progress.Clear();
        Total(scenarios.Count, hasTranscript ? "# " : "");
        json?.Finish(ends, steps);
        return ends[(int)RunEnd.Crashed] > 0 ? ExitCode.Crash
            : ends[(int)RunEnd.Failed] > 0 ? ExitCode.Wrong
            : ExitCode.Ok;
    }

    private RunResult Play(Scenario scenario, RunOptions options)
    {
        try
        {
            return runner.Run(scenario, options);
        }
        catch (StepFaultException fault)
        {
            json?.EndWithFault(fault);
            throw;
        }
    }

    // In a transcript a line of the command is a comment, so that the whole is a scenario again.
    private void Summarize(RunResult result, string comment, int widest)
    {
        (string word, TextRole role) = result.End switch
        {
            RunEnd.Passed => ("PASS ", TextRole.Success),
            RunEnd.Failed => ("FAIL ", TextRole.Wrong),
            _ => ("CRASH", TextRole.Wrong),
        };
        output.Write(role, comment + word);
        output.Write(TextRole.Plain, $"  {result.Scenario.File.PadRight(widest)}  ");
        string counted = Count(result.Scenario.Steps.Length, "step");
        if (result.StepsPlayed < result.Scenario.Steps.Length)
        {
            counted += Invariant($", {result.StepsPlayed} played");
        }

        counted += result.Wrong.IsEmpty ? "" : Invariant($", {result.Wrong.Length} wrong");
        if (!result.Verdicts.IsEmpty)
        {
            counted += ", " + Count(result.Verdicts.Length, "verdict");
            counted += result.BrokenVerdicts == 0 ? "" : Invariant($", {result.BrokenVerdicts} broken");
        }

        counted += result.Warnings.IsEmpty ? "" : ", " + Count(result.Warnings.Length, "kernel warning");
        output.WriteLine(counted);
    }

    private void List(RunResult result, TranscriptWriter writer)
    {
        foreach (PlayedStep played in result.Wrong.Take(MostListed))
        {
            output.WriteLine(Invariant($"  {result.Scenario.File}:{played.Step.Line}: wrong outcome"), TextRole.Wrong);
            output.WriteLine($"    {played.Step}", TextRole.Step);
            writer.WriteDifference(played, "    ");
            foreach (string line in played.Outcome.IsCrash ? played.Outcome.Lines : [])
            {
                output.WriteLine($"      {line}", TextRole.Wrong);
            }
        }

        if (result.Wrong.Length > MostListed)
        {
            output.WriteLine(Invariant($"  and {result.Wrong.Length - MostListed} more"), TextRole.Wrong);
        }

        foreach (JudgedVerdict judged in result.Verdicts)
        {
            if (judged.Violation is not null)
            {
                output.WriteLine(
                    Invariant($"  {result.Scenario.File}:{judged.Verdict.Line}: broken verdict"), TextRole.Wrong);
                writer.WriteVerdict(judged, "    ");
            }
        }
    }

    private void Total(int files, string comment)
    {
        if (files < 2)
        {
            return;
        }

        int passed = ends[(int)RunEnd.Passed];
        output.WriteLine();
        string counted = Invariant($"{files:N0} files, {steps:N0} steps: {passed:N0} passed");
        counted += Invariant($", {ends[(int)RunEnd.Failed]:N0} failed, {ends[(int)RunEnd.Crashed]:N0} crashed");
        output.WriteLine(comment + counted, passed == files ? TextRole.Success : TextRole.Wrong);
    }

    private static string Count(int number, string what) => Invariant($"{number:N0} {what}{(number == 1 ? "" : "s")}");
}
