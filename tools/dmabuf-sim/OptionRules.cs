using System.CommandLine;
using System.CommandLine.Parsing;

namespace DmaBufSim.Cli;

/// <summary>
/// Which options go together. An option that could change nothing beside the others is refused, never passed over.
/// </summary>
internal static class OptionRules
{
    /// <summary>At most one of these options may be given.</summary>
    public static void OneOf(this Command command, params Option[] options) => command.Validators.Add(result =>
    {
        string[] given = [.. options.Where(option => IsGiven(result, option)).Select(option => option.Name)];
        if (given.Length > 1)
        {
            result.AddError(NotTogether(given[0], given[1]));
        }
    });

    /// <summary>An option changes only what another one asks for.</summary>
    public static void Needs(this Command command, Option option, Option other) => command.Validators.Add(result =>
    {
        if (IsGiven(result, option) && !IsGiven(result, other))
        {
            result.AddError($"{option.Name} is for {other.Name}");
        }
    });

    /// <summary>Options that change the text on standard output, which a file named <c>-</c> takes the place of.</summary>
    public static void NoText(this Command command, Option<string?> file, params Option[] options) =>
        command.Validators.Add(result =>
        {
            if (result.GetResult(file) is { Tokens: [{ Value: "-" }] }
                && options.FirstOrDefault(option => IsGiven(result, option)) is { } option)
            {
                result.AddError(NotTogether($"{file.Name} -", option.Name));
            }
        });

    private static bool IsGiven(CommandResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    private static string NotTogether(string one, string other) =>
        $"{one} and {other} do not go together: leave one out";
}
