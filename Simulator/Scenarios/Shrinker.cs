using System.Collections.Immutable;

namespace DmaBufSim.Scenarios;

/// <summary>Makes a failing story as short as it can be and still fail.</summary>
public static class Shrinker
{
    /// <summary>Leaves out every step without which a scenario still fails.</summary>
    /// <param name="scenario">A scenario that fails.</param>
    /// <param name="fails">
    /// Whether a scenario fails in the way that is looked for. It gets scenarios whose names may be unbound, so it
    /// should judge the failure and not the outcomes of all steps.
    /// </param>
    /// <returns>A scenario that fails, and passes without any one of its steps.</returns>
    /// <remarks><b>Cost:</b> at most the square of the number of steps in runs; far fewer where most can go.</remarks>
    public static Scenario Shrink(Scenario scenario, Func<Scenario, bool> fails)
    {
        ImmutableArray<Step> steps = scenario.Steps;
        for (int size = Math.Max(1, steps.Length / 2); size > 0;)
        {
            bool removed = false;
            for (int at = 0; at < steps.Length;)
            {
                ImmutableArray<Step> fewer = steps.RemoveRange(at, Math.Min(size, steps.Length - at));
                if (fails(scenario with { Steps = fewer, Text = "" }))
                {
                    steps = fewer;
                    removed = true;
                }
                else
                {
                    at += size;
                }
            }

            // A step may become useless when a later one has gone, so single steps are tried until none goes.
            size = size > 1 ? size / 2 : removed ? 1 : 0;
        }

        return scenario with { Steps = steps, Text = "" };
    }
}
