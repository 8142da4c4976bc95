using System.Collections.Immutable;
using DmaBufSim.Pictures;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary>Plays a scenario for the picture of who can touch what.</summary>
internal static class AccessSession
{
    /// <summary>Plays it and writes the picture.</summary>
    /// <returns>The exit code. What the steps must come to does not matter here.</returns>
    /// <exception cref="CannotWriteException">The picture cannot be written.</exception>
    /// <exception cref="ArgumentException">The machine cannot be built, or there is nothing that can be drawn.</exception>
    public static int Run(DrawRequest request, OneScenario one)
    {
        PictureFile.Check(request.Output);
        Scenario scenario = one.Scenario;
        if (request.Policy is { } word)
        {
            (TrialKind kind, ImmutableArray<TrialSeries> policies, _) =
                PolicyWords.Find(word, null, scenario.Machine, one.Builder);
            if (!kind.Audits || policies.Length > 1)
            {
                throw new ArgumentException($"--policy: '{word}' is not one policy of the machine");
            }

            scenario = scenario with { Machine = kind.Apply(scenario.Machine, word) };
        }

        AccessStory story = AccessStory.Play(one.Runner, scenario);
        PictureFile.Write(request.Output, AccessPicture.Draw(story, request.File));
        one.Output.WriteLine(request.Output);
        if (!story.IsCrashed)
        {
            return ExitCode.Ok;
        }

        one.Output.Flush();
        one.Error.WriteLine($"{request.File}: the machine crashed, and the picture ends there", TextRole.Wrong);
        return ExitCode.Crash;
    }
}
