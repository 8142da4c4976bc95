using System.CommandLine;
using System.Globalization;

namespace DmaBufSim.Cli;

/// <summary>Options that are numbers.</summary>
internal static class Numbers
{
    /// <summary>An option that is a whole number between two others.</summary>
    public static Option<int?> Option(string name, string word, int least, int most, string description) =>
        new(name)
        {
            Description = description,
            HelpName = word,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    && number >= least && number <= most)
                {
                    return number;
                }

                string upTo = most == int.MaxValue ? "on" : string.Create(CultureInfo.InvariantCulture, $"to {most}");
                result.AddError($"{name}: '{text}' is no number from {least} {upTo}");
                return null;
            },
        };
}
