using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using DmaBufSim.Heaps;
using DmaBufSim.Memory;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary>Tells whose defect it is when a step cannot be played to an outcome.</summary>
internal static class Fault
{
    /// <summary>One sentence about where an exception comes from and what to do.</summary>
    public static string Origin(Exception fault)
    {
        if (fault is OutOfMemoryException)
        {
            return "This computer has no memory left for the bytes that the scenario writes: let it write fewer.";
        }

        Exception thrown = (fault as HeapFaultException)?.InnerException ?? StepFaultException.Cause(fault);
        if (FindPlugin(thrown) is { } method)
        {
            return $"{thrown.GetType().Name} came out of {method.DeclaringType!.FullName}.{method.Name}: "
                + "this is a defect of the plug-in, not of the scenario.";
        }

        return fault is HeapFaultException or CmaPolicyFaultException
            ? "This is a defect of the plug-in, not of the scenario."
            : "This is a defect of the simulator, not of the scenario: please report it together with the file.";
    }

    // The innermost method of an assembly that was loaded as a plug-in.
    private static MethodBase? FindPlugin(Exception exception) =>
        new StackTrace(exception).GetFrames()
            .Select(frame => frame.GetMethod())
            .FirstOrDefault(method => method?.DeclaringType is { } type
                && AssemblyLoadContext.GetLoadContext(type.Assembly) != AssemblyLoadContext.Default);
}
