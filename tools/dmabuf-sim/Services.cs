using DmaBufSim.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace DmaBufSim.Cli;

/// <summary>The container of one call of the command.</summary>
internal static class Services
{
    /// <summary>The simulator and the plug-ins.</summary>
    /// <param name="plugins">The assemblies.</param>
    /// <param name="mistakes">Takes a line for each plug-in that cannot be used.</param>
    /// <returns>Null where there was a mistake.</returns>
    public static ServiceProvider? Make(IEnumerable<string> plugins, List<string> mistakes)
    {
        ServiceCollection services = new();
        services.AddDmaBufSim();
        foreach (string plugin in plugins)
        {
            try
            {
                services.AddHeapPlugin(plugin);
            }
            catch (HeapPluginException exception)
            {
                mistakes.Add(exception.Message);
            }
        }

        return mistakes.Count == 0 ? services.BuildServiceProvider() : null;
    }
}
