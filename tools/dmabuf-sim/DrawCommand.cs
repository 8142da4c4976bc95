using System.CommandLine;
using DmaBufSim.Memory;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim draw</c>: plays a scenario and draws what its memory was used for.</summary>
internal static class DrawCommand
{
    private const int DefaultOrder = 9;

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string> file = new("FILE") { Description = "The scenario file." };
        Option<string> output = new("-o", "--output")
        {
            Description = "The picture, .png or .svg; with --every a folder, or a name in one, as maps/map.svg.",
            HelpName = "PATH",
            Required = true,
        };
        Option<string?> area = new("--area") { Description = "Draw this area.", HelpName = "NAME" };
        Option<bool> machine = new("--machine") { Description = "Draw the whole memory." };
        Option<int?> at = Numbers.Option("--at", "LINE", 1, int.MaxValue, "Draw what was there after this line.");
        Option<Interval?> every = EveryOption();
        Option<bool> curves = new("--curves") { Description = "Draw free memory and fragmentation over the steps." };
        Option<int?> order = Numbers.Option(
            "--order", "N", 0, BuddyAllocator.MaxOrder, "With --curves: the order of the indices; 9 if left out.");
        Option<bool> access = new("--access")
        {
            Description = "Draw who can touch protected bytes after each step.",
        };
        Option<string?> policy = new("--policy")
        {
            Description = "With --access: the policy of the machine, instead of that of the file.",
            HelpName = "NAME",
        };
        Option<string[]> plugins = RunCommand.PluginOption();
        Command command = new("draw", "Plays a scenario and draws what its memory was used for.")
        {
            file, output, area, machine, at, every, curves, order, access, policy, plugins,
        };
        command.OneOf(area, machine);
        command.OneOf(at, every, curves, access);
        command.OneOf(access, area);
        command.OneOf(access, machine);
        command.Needs(order, curves);
        command.Needs(policy, access);
        command.SetAction(parsed =>
        {
            DrawRequest request = new(
                parsed.GetRequiredValue(file),
                parsed.GetRequiredValue(output),
                parsed.GetValue(area),
                parsed.GetValue(machine),
                parsed.GetValue(at),
                parsed.GetValue(every),
                parsed.GetValue(curves),
                parsed.GetValue(order) ?? DefaultOrder,
                parsed.GetValue(policy));
            bool isAccess = parsed.GetValue(access);
            return OneScenario.Open(
                request.File,
                parsed.GetValue(plugins) ?? [],
                one => isAccess ? AccessSession.Run(request, one) : new DrawSession(request, one).Run());
        });
        return command;
    }

    private static Option<Interval?> EveryOption() => new("--every")
    {
        Description = "Draw a map after every N steps, or at each multiple of a simulated time, as 30s; "
            + "and a page to step through them.",
        HelpName = "N|TIME",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Interval.Parse(text) is { } interval)
            {
                return interval;
            }

            result.AddError($"--every: '{text}' is neither a number of steps nor a time with a unit, as 10 or 500ms");
            return null;
        },
    };
}

/// <summary>What a command line asks to draw.</summary>
internal sealed record DrawRequest(
    string File, string Output, string? Area, bool Machine, int? At, Interval? Every, bool Curves, int Order, string? Policy);
