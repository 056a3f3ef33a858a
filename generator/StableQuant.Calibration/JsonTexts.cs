using System.Text.Json;

namespace StableQuant.Calibration;

/// <summary>Names and texts of JSON that anyone may have written.</summary>
internal static class JsonTexts
{
    /// <summary>Reads every name and text once: whoever looks for a name among others would find a bad one only then, and not expect it.</summary>
    /// <exception cref="InvalidOperationException">One has escapes that are half a character.</exception>
    public static void Check(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            _ = element.GetString();
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Check(item);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                _ = property.Name;
                Check(property.Value);
            }
        }
    }
}
