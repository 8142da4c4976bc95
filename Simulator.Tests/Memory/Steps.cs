using DmaBufSim.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Memory;

/// <summary>Random stories for the memory properties: numbers that a test reads as operations, shortened when one fails.</summary>
internal static class Steps
{
    /// <summary>Runs a story test on many stories of up to <paramref name="longest"/> steps.</summary>
    public static void Check(int stories, int longest, Action<int[]> story)
    {
        Gen<int[]> numbers =
            from length in Gen.Choose(1, longest)
            from steps in Gen.Choose(0, int.MaxValue - 1).ArrayOf(length)
            select steps;
        try
        {
            Prop.ForAll(Arb.From(numbers, Shorter), story).Check(Config.QuickThrowOnFailure.WithMaxTest(stories));
        }
        catch (Exception failure) when (failure is not SuccessException)
        {
            string name = $"{TestContext.CurrentContext.Test.MethodName}.txt";
            throw new AssertionException($"{failure.Message}\nkept in {KeptStory.Keep(name, failure.Message)}", failure);
        }
    }

    /// <summary>Cuts a number below a bound off a step.</summary>
    public static int Below(ref int step, int bound)
    {
        int value = step % bound;
        step /= bound;
        return value;
    }

    private static IEnumerable<int[]> Shorter(int[] steps)
    {
        for (int cut = steps.Length / 2; cut > 0; cut /= 2)
        {
            for (int at = 0; at + cut <= steps.Length; at += cut)
            {
                yield return [.. steps[..at], .. steps[(at + cut)..]];
            }
        }
    }
}
