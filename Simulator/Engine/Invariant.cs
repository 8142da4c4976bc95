using System.Runtime.CompilerServices;

namespace DmaBufSim.Engine;

/// <summary>
/// The model contradicts itself. This is a defect of the simulator, never of a scenario; the run cannot go on.
/// </summary>
public sealed class InvariantException(string message) : Exception(message);

/// <summary>Checks of the model itself. They stay on in release builds.</summary>
internal static class Invariant
{
    /// <summary>Stops the run when <paramref name="condition"/> is false.</summary>
    public static void Holds(
        bool condition, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        if (!condition)
        {
            Fail(text);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail(string? text) => throw new InvariantException($"broken invariant: {text}");
}
